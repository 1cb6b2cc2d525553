import { LRUCache } from 'lru-cache'
import type { Entry } from '@chatelaine/sdk'

/** What is known of a key as of some revision: its entry, or that it has none. */
export interface Known {
  readonly entry: Entry | undefined
  /** True of all revisions from the entry's to this one, and of later ones until an event says otherwise. */
  readonly at: number
}

/** A change that came while its key was being read. Without `known` its value must be read again. */
interface Noted {
  readonly at: number
  readonly known: Known | undefined
}

/** A read of one key that is under way, and what happened to the key meanwhile. */
export interface Loading {
  readonly epoch: number
  noted: Noted | undefined
}

/** Roughly what an entry costs beyond its bytes: map slots, the key's string, two objects. */
const overhead = 700

/**
 * What memory holds of the store. It is bounded; a key that is not here is not known. An absent key is known like any other.
 *
 * Everything said of a key carries the revision as of which it is true, and what is older than what is known is passed over:
 * so events, answers and own writes may arrive in any order.
 */
export class Cache {
  readonly #known: LRUCache<string, Known>
  /** A key may be read more than once at the same time: by who asked before everything was forgotten, and by who asked after. */
  readonly #loading = new Map<string, Set<Loading>>()
  #epoch = 0

  constructor(bytes: number) {
    const sizeCalculation = ({ entry }: Known, key: string) => overhead + 2 * key.length + (entry?.value.length ?? 0)
    this.#known = new LRUCache({ maxSize: bytes, maxEntrySize: Math.max(overhead * 2, bytes >> 3), sizeCalculation })
  }

  get entries(): number {
    return this.#known.size
  }

  /** Changes with every `clear`. */
  get epoch(): number {
    return this.#epoch
  }

  get bytes(): number {
    return this.#known.calculatedSize
  }

  get(key: string): Known | undefined {
    return this.#known.get(key)
  }

  /** As `get`, without counting as a use. */
  peek(key: string): Known | undefined {
    return this.#known.peek(key)
  }

  /**
   * Says what is true of `key` as of `at`, whether or not it was known. Every change after `at` must be still to come, or have
   * come while the key was known or being read: what nobody followed was passed over, and would not be missed here.
   */
  learn(key: string, known: Known): void {
    this.#note(key, { at: known.at, known })
    const before = this.#known.peek(key)
    if (before === undefined || before.at < known.at) this.#known.set(key, known)
  }

  /** Whether anybody here cares what becomes of `key`. */
  follows(key: string): boolean {
    return this.#known.has(key) || this.#loading.has(key)
  }

  /** The same from the watch: what nobody asked for is not kept. */
  follow(key: string, known: Known): void {
    if (this.#known.has(key)) this.learn(key, known)
    else this.#note(key, { at: known.at, known })
  }

  /** `key` has changed at `at`, to something that must be read. */
  forget(key: string, at: number): void {
    this.#note(key, { at, known: undefined })
    const before = this.#known.peek(key)
    if (before && before.at < at) this.#known.delete(key)
  }

  /** To be called before the read of `key` is sent, and its result handed to `loaded`. */
  load(key: string): Loading {
    const loading: Loading = { epoch: this.#epoch, noted: undefined }
    const others = this.#loading.get(key)
    if (others) others.add(loading)
    else this.#loading.set(key, new Set([loading]))
    return loading
  }

  /**
   * Takes what a read found; gives what is true by now, which may be newer. Undefined when the key must be read again.
   * A read from before the cache was cleared is the answer to its question, but not kept: its changes since were missed.
   */
  loaded(key: string, loading: Loading, found: Known): Known | undefined {
    this.abandon(key, loading)
    const { noted } = loading
    // Also when everything was forgotten since: who joined this read may have caught up with the change.
    if (noted && noted.at > found.at) return noted.known
    if (loading.epoch !== this.#epoch) return found
    this.learn(key, found)
    return found
  }

  /** The read has failed. */
  abandon(key: string, loading: Loading): void {
    const loads = this.#loading.get(key)
    if (loads?.delete(loading) && loads.size === 0) this.#loading.delete(key)
  }

  /** Forgets everything: changes were missed, and it cannot be told which. Reads that are under way go on being told of changes, but are not kept. */
  clear(): void {
    this.#epoch += 1
    this.#known.clear()
  }

  /** Some keys that are known, from a random place on: for checking them against the store. */
  *sample(most: number): Generator<readonly [string, Known]> {
    const skip = Math.max(0, Math.floor(Math.random() * (this.#known.size - most)))
    let at = 0
    for (const [key, known] of this.#known.entries()) {
      if (at++ < skip) continue
      if (at > skip + most) return
      yield [key, known]
    }
  }

  #note(key: string, noted: Noted): void {
    const loads = this.#loading.get(key)
    if (loads) for (const loading of loads) if ((loading.noted?.at ?? 0) < noted.at) loading.noted = noted
  }
}
