import type { Guard, OpenStorage, Storage } from './storage.js'

/** What a node tells the others of itself. Everybody who may read the storage can read it, so it holds no secret. */
export interface NodeFacts {
  readonly name: string
  /** Where clients reach it; '' when it does not say. */
  readonly apiAddress: string
  readonly version: string
  readonly sealed: boolean
}

/** A node that was alive some seconds ago. */
export interface ClusterNode extends NodeFacts {
  /** Names one run of one process. */
  readonly id: string
  readonly caretaker: boolean
}

/**
 * The time one node is the caretaker. It may be over before anybody here knows, for a process can sleep; so every commit of
 * what only the caretaker may do carries `guard`, which then no longer holds.
 */
export interface Term {
  readonly guard: Guard
  /** Aborts when the term is known to be over. */
  readonly ended: AbortSignal
  resign(): Promise<void>
}

/** The nodes that share a storage, and which of them does what only one may. */
export interface Cluster {
  /** This node's `ClusterNode.id`. */
  readonly self: string
  /** Says, now and until the storage is closed, what this node is. To be called again when it changes. */
  announce(facts: NodeFacts): Promise<void>
  nodes(): Promise<readonly ClusterNode[]>
  /** Waits until this node is elected; undefined when `signal` says to stop waiting. Rejects when storage cannot be reached. */
  campaign(signal: AbortSignal): Promise<Term | undefined>
}

/**
 * Storage that several nodes write. `get` answers from memory, which never goes back in time and has seen everything that
 * any node was answered before the last `catchUp` began; `list` and `commit` ask the storage itself. So whoever serves
 * requests calls `catchUp` once at the beginning of each, and a commit that lost a race has caught up with who won it.
 */
export interface SharedStorage extends OpenStorage {
  /**
   * Rejects when the storage cannot say: old data is never taken for new. `exactly` asks the storage also where an operator has
   * allowed requests some staleness.
   */
  catchUp(exactly?: boolean): Promise<void>
  readonly cluster: Cluster
}

export const isShared = (storage: Storage): storage is SharedStorage => 'cluster' in storage

/** `shared`, catching up before every single `get`: for who asks rarely and has no request to begin with. */
export function strict(shared: SharedStorage): SharedStorage {
  return {
    cluster: shared.cluster,
    catchUp: () => shared.catchUp(true),
    async get(key) {
      await shared.catchUp(true)
      return shared.get(key)
    },
    list: (prefix, page) => shared.list(prefix, page),
    commit: (writes, guards) => shared.commit(writes, guards),
    snapshot: () => shared.snapshot(),
    health: () => shared.health(),
    measures: () => shared.measures(),
    close: () => shared.close(),
  }
}
