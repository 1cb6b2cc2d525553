import { numberOf, type Compare, type KeyValue, type Members } from '@chatelaine/etcd'
import { StorageError } from '../errors.js'
import type { Keyspace } from './keyspace.js'

interface Lane {
  readonly key: string
  readonly revision: number
}

/**
 * Whether etcd still holds what this node has seen of it. A cluster that was brought back from a backup may have its old id, the
 * same members and, with --bump-revision, revisions that are higher than ever. But its lanes stand where they stood in the backup:
 * a marker that this node has seen at some revision is older there, or was never made. Elsewhere markers only move on, and one
 * that is removed leaves a row under `buried` (see upkeep.ts).
 */
export class Continuity {
  readonly #members: Members
  readonly #space: Keyspace
  /** The newest revision that was seen of each lane's marker. */
  readonly #lanes = new Map<string, number>()
  #newest: Lane | undefined

  constructor(members: Members, space: Keyspace) {
    this.#members = members
    this.#space = space
  }

  /** A marker was seen at `revision`, in an answer or by the watch. */
  note(key: string, revision: number): void {
    if ((this.#lanes.get(key) ?? 0) < revision) this.#lanes.set(key, revision)
    if ((this.#newest?.revision ?? 0) < revision) this.#newest = { key, revision }
  }

  /** The marker was removed, and properly. */
  forget(key: string): void {
    this.#lanes.delete(key)
    if (this.#newest?.key !== key) return
    this.#newest = undefined
    for (const [other, revision] of this.#lanes) this.note(other, revision)
  }

  /** The newest revision that was seen: what is asked from now on must show everything up to it. */
  get bound(): number {
    return this.#newest?.revision ?? 0
  }

  /** For the transaction of the lane `own`: lets it be applied only where the newest marker is there that this node has seen. */
  fence(own: string): Compare[] {
    const newest = this.#newest
    return newest === undefined || newest.key === own ? [] : [{ result: 1, target: 2, key: newest.key, mod_revision: newest.revision - 1 }]
  }

  /** Judges all lanes' markers as a majority knew them, asked when `bound` was what it is given as. Gives what is to be waited for, if anything. */
  check(markers: readonly Pick<KeyValue, 'key' | 'mod_revision'>[], bound: number): Promise<void> | undefined {
    let met = 0
    for (const { key, mod_revision } of markers) {
      const [found, seen] = [numberOf(mod_revision), this.#lanes.get(key)]
      if (seen !== undefined) met += 1
      if (seen !== undefined && seen <= bound && found < seen) throw lostSince(seen)
      this.note(key, found)
    }
    if (met === this.#lanes.size) return undefined
    const there = new Set(markers.map(({ key }) => key))
    const missing = [...this.#lanes].filter(([key, revision]) => !there.has(key) && revision <= bound)
    return missing.length === 0 ? undefined : this.#seekBuried(missing)
  }

  async #seekBuried(missing: readonly (readonly [string, number])[]): Promise<void> {
    const { lanes, buried } = this.#space
    for (const [key, revision] of missing) {
      const { kvs } = await this.#members.call('KV/Range', { key: buried.from + key.slice(lanes.from.length), keys_only: true })
      if (kvs.length === 0) throw lostSince(revision)
      this.forget(key)
    }
  }
}

const lostSince = (revision: number) => StorageError.rewound({ problem: `has lost what it held at revision ${revision}` })
