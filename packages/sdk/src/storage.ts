/** What storage returns: opaque bytes, and the revision that wrote them. */
export interface Entry {
  readonly key: string
  /**
   * A layer that encrypts may open the bytes at the first look rather than when they were fetched, so that whoever
   * only compares revisions pays nothing. Reading `value` may therefore throw what opening throws.
   */
  readonly value: Uint8Array
  readonly revision: bigint
}

export type Write = { readonly put: string; readonly value: Uint8Array } | { readonly remove: string }

/** Holds while `key` is still at `revision`. Revision 0n means the key does not exist. */
export type Guard = Pick<Entry, 'key' | 'revision'>

/** Part of a listing: names after `after` (exclusive), at most `limit` of them. */
export interface Page {
  readonly after?: string | undefined
  readonly limit?: number | undefined
}

/**
 * A flat map from slash-separated keys to bytes. Memory, the embedded log, etcd, the barrier and every mount's view
 * are each a Storage, most of them over the next one, and all pass one contract suite (`@chatelaine/sdk/testing`).
 *
 * A commit that resolved has happened and will be found after a crash; one that rejected may or may not have.
 */
export interface Storage {
  get(key: string): Promise<Entry | undefined>

  /** Immediate children of `prefix`, in key order. A child that has children ends in a slash. */
  list(prefix: string, page?: Page): Promise<string[]>

  /** Applies every write, or none. False when a guard no longer holds: read again, decide again. */
  commit(writes: readonly Write[], guards?: readonly Guard[]): Promise<boolean>
}

/** Everything that was stored at one moment, while others go on writing. */
export interface StorageSnapshot {
  readonly revision: bigint
  /** How many entries will come. */
  readonly count: number
  /** In key order, each once. To be gone through once. */
  readonly entries: AsyncIterable<Pick<Entry, 'key' | 'value'>>
  /** Lets go of what was held for it; may be called at any time, and again. */
  close(): Promise<void>
}

/** How a storage is, for health checks and people. */
export interface StorageHealth {
  /**
   * `ok`; `slow`, it answers late; `no_space`, it is read but takes no writes; `stopped`, the same until it is opened again, for a
   * flush has failed; `no_quorum`, it cannot be asked, and so
   * nothing is served; `rewound`, it holds an earlier state than this process has seen, and so nothing is served until a restart.
   */
  readonly state: 'ok' | 'slow' | 'no_space' | 'stopped' | 'no_quorum' | 'rewound'
  /** What is wrong and what to do about it; '' when all is well. */
  readonly problem: string
}

/** One figure for whoever watches. Names are Prometheus's; a counter's end in `_total`. */
export interface Measure {
  readonly name: string
  readonly help: string
  readonly kind: 'counter' | 'gauge'
  readonly value: number
  readonly labels?: Readonly<Record<string, string>>
}

/** A storage that was opened, and must be closed by whoever opened it. */
export interface OpenStorage extends Storage {
  snapshot(): Promise<StorageSnapshot>
  /** From what is known already: asks nobody. */
  health(): StorageHealth
  measures(): readonly Measure[]
  close(): Promise<void>
}
