import type { Fault, Struck } from './faults.js'
import { startLoad, type Load } from './load.js'
import { until } from './processes.js'
import { reportOf, type FaultReport } from './report.js'
import type { ServerNode } from './servers.js'
import type { Stage } from './stage.js'
import type { Kind } from './timeline.js'
import { startBlindTrial } from './trials/blind.js'
import { startCommitTrial } from './trials/commits.js'
import { startLargeTrial } from './trials/large.js'
import { startListTrial } from './trials/lists.js'
import { startTokenTrial, type TokenReport } from './trials/tokens.js'
import type { Trial, TrialReport } from './trials/trial.js'

export interface RunOptions {
  /** The fault lasts at least so long. */
  readonly holdMs: number
  /** So many clients write, and as many read; 16 when left out. */
  readonly clients?: number
}

/** So many successes of each kind, at each server that should give them, are enough to say that it serves. */
const enough = 40

/** Puts load on the stage, strikes, waits until all is well again, and judges. */
export async function runFault<S extends Stage>(stage: S, fault: Fault<S>, { holdMs, clients = 16 }: RunOptions): Promise<FaultReport> {
  const work = await startWork(stage, fault, clients)
  let struck: Struck | undefined
  try {
    await serving(work.load, stage.servers, 0)
    const settledBefore = await settledBy(stage)
    const begun = performance.now()
    struck = await fault.strike(stage)
    const since = performance.now()
    const held = new Promise((resolve) => setTimeout(resolve, holdMs))
    await lasting(work.load, struck)
    await struck.done?.()
    await held
    const { spared, end } = struck
    struck = undefined
    const ended = performance.now()
    await end()
    const back = performance.now()
    await serving(work.load, stage.servers, back)
    await serving(work.load, [stage.lagging], back, ['read'])
    const span = { begun, since, ended, back, done: performance.now() }
    const settled = Math.max(0, (await settledBy(stage)) - settledBefore)
    return await reportOf(stage, fault, { load: work.load, ...(await work.stop()), span, spared, settled })
  } finally {
    // What did not go as it should is over all the same, for the sake of what comes next.
    await struck?.end().catch(() => undefined)
    await work.stop().catch(() => undefined)
  }
}

interface Work {
  readonly load: Load
  /** Lets everybody finish; says what is wrong. */
  stop(): Promise<{ readonly tokens: TokenReport; readonly trials: readonly TrialReport[] }>
}

/** Everything that asks the servers something while a fault lasts. */
async function startWork({ servers, lagging, root, etcd, endpoints }: Stage, fault: Pick<Fault, 'name' | 'clocksDiffer' | 'cramped'>, clients: number): Promise<Work> {
  const name = `${fault.name.replace(/[^a-z]+/g, '-')}-${Date.now()}`
  const commits = await startCommitTrial({ etcd, endpoints, name })
  const load = startLoad({ places: servers, lagging, token: root, name, writers: clients, readers: clients })
  const tokenTrial = startTokenTrial({ places: servers, root, name, shortLived: !fault.clocksDiffer })
  const others: Trial[] = [commits, startBlindTrial(servers, root, name), startListTrial(servers, root, name)]
  if (!fault.cramped) others.push(startLargeTrial(servers, root, name))
  const stop = async () => {
    const done = await Promise.allSettled([load.stop(), tokenTrial.stop(), ...others.map((trial) => trial.stop())])
    const failed = done.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
    return { tokens: await tokenTrial.stop(), trials: await Promise.all(others.map((trial) => trial.stop())) }
  }
  let stopped: ReturnType<Work['stop']> | undefined
  return { load, stop: () => (stopped ??= stop()) }
}

/** A server that was killed begins to count anew, so of those only what it counted since is known. */
async function settledBy({ servers, lagging }: Stage): Promise<number> {
  const counts = await Promise.all([...servers, lagging].map((server) => server.measure('chatelaine_etcd_answers_settled_total').catch(() => 0)))
  return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)
}

const kinds: readonly Kind[] = ['read', 'write']

/** Until the fault has shown: whoever is spared serves, and where nobody can, everybody says so. */
async function lasting(load: Load, { spared, reading, refusing = [] }: Struck): Promise<void> {
  const from = performance.now()
  await serving(load, spared, from, reading ? ['read'] : kinds)
  await refused(load, refusing, from)
}

const serving = (load: Load, servers: readonly ServerNode[], from: number, what = kinds) =>
  until(`${servers.map(({ name }) => name).join(' and ')} serve`, () =>
    servers.every(({ name }) => what.every((kind) => (load.timelines.get(name)?.count(kind, from) ?? 0) >= enough)))

const refused = (load: Load, servers: readonly ServerNode[], from: number) =>
  until('servers say that they cannot serve', () =>
    servers.every(({ name }) => Object.keys(load.timelines.get(name)?.refusals(from, Infinity).statuses ?? {}).some((status) => status.startsWith('5'))))
