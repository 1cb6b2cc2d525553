import { judgeHistory, type Judgement } from '../history.js'
import type { Fault, Limits } from './faults.js'
import { readAll, type Load } from './load.js'
import { until } from './processes.js'
import type { ServerNode } from './servers.js'
import type { Stage } from './stage.js'
import type { Gap, Kind } from './timeline.js'
import type { TokenReport } from './trials/tokens.js'
import type { TrialReport } from './trials/trial.js'
import { checkVersions } from './versions.js'

/** How one server came through a fault, in milliseconds. */
export interface ServerReport {
  readonly server: string
  readonly spared: boolean
  readonly reads: number
  readonly writes: number
  /** The longest time without a success, from when the fault struck to when all was well again. */
  readonly readGap: Gap
  readonly writeGap: Gap
  /** After the fault was over. */
  readonly recovery: number
  /** While it lasted: how often which status, how long the slowest of them took, and how soon the first one came. */
  readonly statuses: Readonly<Record<string, number>>
  readonly slowestRefusal: number
  readonly slowestSaid: string
  readonly firstRefusal: number
}

export interface FaultReport {
  readonly fault: string
  readonly limits: Limits
  readonly lastedMs: number
  readonly servers: readonly ServerReport[]
  readonly judgement: Judgement
  readonly staleReads: number
  readonly lostWrites: number
  readonly tokens: TokenReport
  readonly trials: readonly TrialReport[]
  /** Reads at the server that may lag, by at most what its `max_staleness` says. */
  readonly laggingReads: number
  /** Transactions whose answer was lost, and of which the servers found out what became of them. */
  readonly settled: number
  /** Everything that must never be: what the judge, the tape, the tokens and the logs say. */
  readonly broken: readonly string[]
}

/** What was seen while a fault lasted, and when it struck, ended and was over. */
export interface Seen {
  readonly load: Load
  readonly tokens: TokenReport
  readonly trials: readonly TrialReport[]
  readonly settled: number
  readonly span: Span
  readonly spared: readonly ServerNode[]
}

interface Span {
  readonly begun: number
  readonly since: number
  readonly ended: number
  readonly back: number
  readonly done: number
}

const kinds: readonly Kind[] = ['read', 'write']

export async function reportOf(stage: Stage, { name, limits }: Pick<Fault, 'name' | 'limits'>, { load, tokens, trials, settled, span, spared }: Seen): Promise<FaultReport> {
  await readAll(load, [...stage.servers, stage.lagging], stage.root)
  const versions = await checkVersions(load, stage.servers[0] as ServerNode, stage.root)
  await until('the caretaker has removed what was due', () => stage.tape.overdue() === 0)
  const judgement = judgeHistory(load.history, name)
  const { broken, violated, undecided, file } = judgement
  return {
    fault: name,
    limits,
    lastedMs: span.ended - span.begun,
    servers: stage.servers.map((server) => serverReport(server, load, { span, spared: spared.includes(server) })),
    judgement,
    staleReads: broken.filter(({ kind }) => kind === 'stale read').length,
    lostWrites: broken.filter(({ kind }) => kind === 'lost write' || kind === 'doubled version').length,
    tokens,
    trials,
    laggingReads: load.laggingReads(),
    settled,
    broken: [
      ...broken.slice(0, 5).map(({ kind, text, at }) => `${kind} at ${at.key}: ${text} (${file})`),
      ...violated.slice(0, 5).map((key) => `no order explains ${key} (${file})`),
      ...undecided.slice(0, 5).map((key) => `it could not be decided whether ${key} is right (${file})`),
      ...versions,
      ...tokens.broken,
      ...trials.flatMap((trial) => trial.broken),
      ...load.broken.slice(0, 5),
      ...stage.tape.takeBroken(),
      ...stage.takeBugs(),
    ],
  }
}

function serverReport({ name }: ServerNode, load: Load, { span, spared }: { readonly span: Span; readonly spared: boolean }): ServerReport {
  const timeline = load.timelines.get(name)
  if (!timeline) throw new Error(`nobody asked ${name} anything`)
  const { statuses, slowestMs, slowestSaid, firstMs } = timeline.refusals(span.since, span.back)
  return {
    server: name,
    spared,
    reads: timeline.count('read'),
    writes: timeline.count('write'),
    readGap: timeline.longestGap('read', span.begun, span.done),
    writeGap: timeline.longestGap('write', span.begun, span.done),
    recovery: Math.max(...kinds.map((kind) => timeline.firstSuccess(kind, span.back))),
    statuses,
    slowestRefusal: slowestMs,
    slowestSaid,
    firstRefusal: firstMs,
  }
}

/** Where the report passes its limits. */
export function passed({ limits, servers }: FaultReport): string[] {
  const over = (what: string, found: number, limit: number | undefined, more = '') =>
    limit !== undefined && found > limit ? [`${what}: ${Math.round(found)} ms, and ${limit} ms are the limit${more}`] : []
  const begun = ({ at }: Gap) => ` (it began ${Math.round(at)} ms after the fault)`
  return servers.flatMap((server) => [
    ...(server.spared ? over(`gap between reads at ${server.server}`, server.readGap.ms, limits.gap, begun(server.readGap)) : []),
    ...(server.spared ? over(`gap between writes at ${server.server}`, server.writeGap.ms, limits.gap, begun(server.writeGap)) : []),
    ...over(`slowest refusal at ${server.server}`, server.slowestRefusal, limits.refusal, ` (${server.slowestSaid})`),
    ...over(`first refusal at ${server.server}`, server.firstRefusal, limits.refusal),
    ...over(`recovery of ${server.server}`, server.recovery, limits.recovery),
  ])
}

/** One line a server. */
export function rowsOf(report: FaultReport): Record<string, string | number>[] {
  const { fault, judgement, staleReads, lostWrites, broken, limits } = report
  return report.servers.map((server, i) => ({
    fault: i === 0 ? fault : '',
    server: server.spared ? server.server : `${server.server} *`,
    reads: server.reads,
    writes: server.writes,
    'read gap': Math.round(server.readGap.ms),
    'write gap': Math.round(server.writeGap.ms),
    recovery: Math.round(server.recovery),
    limit: i === 0 ? Object.entries(limits).map(([what, limit]) => `${what} ${limit}`).join(', ') : '',
    refusals: Object.entries(server.statuses).map(([status, count]) => `${count}×${status}`).join(' '),
    slowest: Math.round(server.slowestRefusal),
    ...(i === 0 ? { unknown: judgement.unknown, settled: report.settled, stale: staleReads, lost: lostWrites, broken: broken.length } : {}),
  }))
}
