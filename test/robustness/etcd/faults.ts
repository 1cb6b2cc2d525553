import type { LocalNode } from '@chatelaine/etcd-cluster'
import { until } from './processes.js'
import type { ServerNode } from './servers.js'
import type { Stage } from './stage.js'

/** What the longest gap between successful answers, and the like, may be, in milliseconds. */
export interface Limits {
  /** At every server that the fault did not strike itself. */
  readonly gap?: number
  /** From the moment that nothing can be served to an answer that says so. */
  readonly refusal?: number
  /** From the moment that everything is back to the first success. */
  readonly recovery?: number
}

export interface Struck {
  /** Servers that are to go on answering throughout; `reading` only reads, where nobody can write. */
  readonly spared: readonly ServerNode[]
  readonly reading?: true
  /** Servers that cannot serve, or not write, and have to say so. */
  readonly refusing?: readonly ServerNode[]
  /** Resolves when the fault has done what it was for, if that takes more than a while. */
  readonly done?: () => Promise<void>
  /** Puts everything right again. */
  end(): Promise<void>
}

/** Something bad that can be done to a stage of a certain kind. */
export interface Fault<S extends Stage = Stage> {
  readonly name: string
  readonly limits: Limits
  /** The servers do not agree on the time of day meanwhile. */
  readonly clocksDiffer?: true
  /** There is little room, so no large values are written. */
  readonly cramped?: true
  strike(stage: S): Promise<Struck>
}

/** Every server is to go on. */
export const sparingAll = ({ servers }: Stage, end: () => unknown): Struck => ({ spared: servers, end: async () => void (await end()) })

export const serverKilled: Fault = {
  name: 'a server node killed',
  limits: { gap: 200 },
  async strike({ servers }) {
    const [victim, ...spared] = servers as [ServerNode, ...ServerNode[]]
    await victim.kill()
    return { spared, end: () => victim.start() }
  },
}

/** Whatever it was about to write when it fell asleep, it writes no more: somebody else has the office. */
export const caretakerFrozen: Fault = {
  name: 'the caretaker frozen until another took over',
  limits: {},
  async strike({ servers, caretaker, tape }) {
    const victim = await caretaker()
    const before = tape.holders.length
    victim.freeze()
    const done = () => until('another node became caretaker', () => tape.holders.length > before)
    return { spared: servers.filter((server) => server !== victim), done, end: async () => victim.thaw() }
  },
}

export const followerFrozen: Fault = {
  name: 'an etcd follower frozen that carries no watch',
  limits: { gap: 1200 },
  async strike(stage) {
    const watched = await Promise.all(stage.servers.map((server) => server.watching()))
    const spare = stage.etcd.nodes.find(({ endpoint }) => !watched.includes(endpoint)) as LocalNode
    await stage.unseat(spare)
    spare.freeze()
    return sparingAll(stage, () => spare.thaw())
  },
}

export const watchedFollowerFrozen: Fault = {
  name: 'the etcd follower frozen that carries the watch',
  limits: { gap: 1200 },
  async strike(stage) {
    const carrier = await watchedFollower(stage)
    carrier.freeze()
    return sparingAll(stage, () => carrier.thaw())
  },
}

/** The member that carries the first server's watch, after another was made leader if it led. */
export async function watchedFollower(stage: Stage): Promise<LocalNode> {
  const watched = async () => {
    const endpoint = await (stage.servers[0] as ServerNode).watching()
    return stage.etcd.nodes.find((node) => node.endpoint === endpoint) as LocalNode
  }
  let found = await watched()
  await until('a follower carries the watch', async () => {
    await stage.unseat(found)
    const before = found
    found = await watched()
    return found === before
  })
  return found
}

export const leaderKilled: Fault = {
  name: 'the etcd leader killed',
  limits: { gap: 3000 },
  async strike(stage) {
    const victim = await stage.leader()
    await victim.kill()
    return sparingAll(stage, () => victim.start())
  },
}

export const leaderFrozen: Fault = {
  name: 'the etcd leader frozen',
  limits: { gap: 4000 },
  async strike(stage) {
    const victim = await stage.leader()
    victim.freeze()
    return sparingAll(stage, () => victim.thaw())
  },
}

export const twoKilled: Fault = {
  name: 'two of three etcd nodes killed',
  limits: { refusal: 2000, recovery: 3000 },
  async strike(stage) {
    const victims = stage.etcd.nodes.slice(0, 2)
    await Promise.all(victims.map((node) => node.kill()))
    return { spared: [], refusing: stage.servers, end: async () => void (await Promise.all(victims.map((node) => node.start()))) }
  },
}
