import { numberOf, type WatchEvent } from '@chatelaine/etcd'
import { StorageError } from '../errors.js'
import type { Cache } from './cache.js'
import type { Continuity } from './continuity.js'
import { lockKey, type Keyspace } from './keyspace.js'
import { decodeMarker } from './lane.js'
import { entryOf } from './loader.js'
import { decodeStored } from './value.js'

export interface FollowerOptions {
  readonly cache: Cache
  readonly space: Keyspace
  /** A lane's marker names one before it that never came: changes were missed. */
  readonly onHole: (lane: string) => void
  readonly onLock: () => void
  readonly continuity: Continuity
}

/** Keeps the cache true to what the watch delivers, and looks whether the watch delivers everything. */
export class Follower {
  readonly #options: FollowerOptions
  /** The revision of each lane's newest marker. */
  readonly #markers = new Map<string, number>()

  constructor(options: FollowerOptions) {
    this.#options = options
  }

  /** After a gap nothing can be expected of the next marker. */
  forget(): void {
    this.#markers.clear()
  }

  readonly onEvents = (events: readonly WatchEvent[]): void => {
    const { data, lanes } = this.#options.space
    for (const event of events) {
      const { key } = event.kv
      if (key.startsWith(data.from)) this.#followEntry(key.slice(data.from.length), event)
      else if (key.startsWith(lanes.from)) this.#followMarker(key, event)
    }
  }

  #followEntry(key: string, { type, kv }: WatchEvent): void {
    const { cache, onLock } = this.#options
    if (key === lockKey) return onLock()
    if (!cache.follows(key)) return
    const at = numberOf(kv.mod_revision)
    if (type === 1) return cache.follow(key, { at, entry: undefined })
    const value = wholeValue(key, kv.value)
    if (value) cache.follow(key, { at, entry: entryOf(key, value, at) })
    else cache.forget(key, at)
  }

  #followMarker(key: string, { type, kv }: WatchEvent): void {
    const { continuity } = this.#options
    if (type === 1) {
      continuity.forget(key)
      this.#markers.delete(key)
      return
    }
    continuity.note(key, numberOf(kv.mod_revision))
    const { before } = decodeMarker(kv)
    const last = this.#markers.get(key)
    this.#markers.set(key, numberOf(kv.mod_revision))
    if (last !== undefined && before !== last && before !== 0) this.#options.onHole(key)
  }
}

/** Undefined for what must be read to be known: a value in parts, or bytes that are none of ours, of which the reader is to hear and not the watch. */
function wholeValue(key: string, bytes: Uint8Array): Uint8Array | undefined {
  try {
    const stored = decodeStored(key, bytes)
    return 'value' in stored ? stored.value : undefined
  } catch (error) {
    if (StorageError.torn.is(error)) return undefined
    throw error
  }
}
