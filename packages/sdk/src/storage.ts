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

/** A storage that was opened, and must be closed by whoever opened it. */
export interface OpenStorage extends Storage {
  close(): Promise<void>
}
