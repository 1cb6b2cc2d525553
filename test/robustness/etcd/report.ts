import { judgeHistory, type Judgement } from '../history.js'
import { startBlindTrial } from './trials/blind.js'
import type { Fault, Limits, Struck } from './faults.js'
import { checkVersions, readAll, startLoad, type Load } from './load.js'
import { until } from './processes.js'
import type { ServerNode } from './servers.js'
import type { Stage } from './stage.js'
import type { Gap, Kind } from './timeline.js'
import { startTokenTrial, type TokenReport } from './trials/tokens.js'

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
  /** Writes and reads of values that are written without a look. */
  readonly blindOperations: number
  /** Everything that must never be: what the judge, the tape, the tokens and the logs say. */
  readonly broken: readonly string[]
}

export interface RunOptions {
  /** The fault lasts at least so long. */
  readonly holdMs: number
}

/** So many successes of each kind, at each server that should give them, are enough to say that it serves. */
const enough = 40

/** Puts load on the stage, strikes, waits until all is well again, and judges. */
export async function runFault<S extends Stage>(stage: S, fault: Fault<S>, { holdMs }: RunOptions): Promise<FaultReport> {
  const { servers, root } = stage
  const name = `${fault.name.replace(/[^a-z]+/g, '-')}-${Date.now()}`
  const load = startLoad({ places: servers, token: root, name })
  const trial = startTokenTrial(servers, root, name)
  const blind = startBlindTrial(servers, root, name)
  let struck: Struck | undefined
  try {
    await serving(load, servers, 0)
    const begun = performance.now()
    struck = await fault.strike(stage)
    const since = performance.now()
    const held = new Promise((resolve) => setTimeout(resolve, holdMs))
    await lasting(load, servers, struck)
    await struck.done?.()
    await held
    const { spared, end } = struck
    struck = undefined
    const ended = performance.now()
    await end()
    const back = performance.now()
    await serving(load, servers, back)
    const span = { begun, since, ended, back, done: performance.now() }
    await load.stop()
    const [tokens, blindly] = [await trial.stop(), await blind.stop()]
    return await reportOf(stage, fault, { load, tokens, blindly, span, spared })
  } finally {
    // What did not go as it should is over all the same, for the sake of what comes next.
    await struck?.end().catch(() => undefined)
    await Promise.allSettled([load.stop(), trial.stop(), blind.stop()])
  }
}

const kinds: readonly Kind[] = ['read', 'write']

/** Until the fault has shown: whoever is spared serves, and where nobody can, everybody says so. */
async function lasting(load: Load, servers: readonly ServerNode[], { spared, reading }: Struck): Promise<void> {
  const from = performance.now()
  if (spared.length > 0) await serving(load, spared, from, reading ? ['read'] : kinds)
  if (spared.length === 0 || reading) await refusing(load, servers, from)
}

const serving = (load: Load, servers: readonly ServerNode[], from: number, what = kinds) =>
  until(`${servers.map(({ name }) => name).join(' and ')} serve`, () =>
    servers.every(({ name }) => what.every((kind) => (load.timelines.get(name)?.count(kind, from) ?? 0) >= enough)))

const refusing = (load: Load, servers: readonly ServerNode[], from: number) =>
  until('servers say that they cannot serve', () =>
    servers.every(({ name }) => Object.keys(load.timelines.get(name)?.refusals(from, Infinity).statuses ?? {}).some((status) => status.startsWith('5'))))

interface Seen {
  readonly load: Load
  readonly tokens: TokenReport
  readonly blindly: { readonly operations: number; readonly broken: readonly string[] }
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

async function reportOf(stage: Stage, { name, limits }: Pick<Fault, 'name' | 'limits'>, { load, tokens, blindly, span, spared }: Seen): Promise<FaultReport> {
  await readAll(load, stage.servers, stage.root)
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
    blindOperations: blindly.operations,
    broken: [
      ...broken.slice(0, 5).map(({ kind, text, at }) => `${kind} at ${at.key}: ${text} (${file})`),
      ...violated.slice(0, 5).map((key) => `no order explains ${key} (${file})`),
      ...undecided.slice(0, 5).map((key) => `it could not be decided whether ${key} is right (${file})`),
      ...versions,
      ...tokens.broken,
      ...blindly.broken,
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
    ...(i === 0 ? { unknown: judgement.unknown, stale: staleReads, lost: lostWrites, broken: broken.length } : {}),
  }))
}
