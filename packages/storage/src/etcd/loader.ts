import { numberOf, type KeyValue, type Members } from '@chatelaine/etcd'
import type { Entry } from '@chatelaine/sdk'
import { StorageError } from '../errors.js'
import type { Cache, Known, Loading } from './cache.js'
import type { Keyspace } from './keyspace.js'
import type { LargeValues } from './large.js'
import { decodeStored } from './value.js'

interface Wanted {
  readonly key: string
  readonly loading: Loading
  settle(known: Promise<Known>): void
}

const most = 64
const hedgeMs = 150
/** A value in parts may be replaced while it is read; it is then read again. */
const attempts = 8

/**
 * Reads what memory does not hold, many keys in one request, each key once for all who wait for it. Who joins a read that is
 * under way may have come after it was made; what changed since is in the cache's notes, for whoever asks has caught up before.
 */
export class Loader {
  readonly #members: Members
  readonly #space: Keyspace
  readonly #large: LargeValues
  readonly #cache: Cache
  readonly #seen: () => number
  readonly #underWay = new Map<string, { readonly epoch: number; readonly found: Promise<Known> }>()
  readonly #queue: Wanted[] = []

  /** `seen` is the newest revision this node knows of. */
  constructor(parts: { members: Members; space: Keyspace; large: LargeValues; cache: Cache; seen: () => number }) {
    this.#members = parts.members
    this.#space = parts.space
    this.#large = parts.large
    this.#cache = parts.cache
    this.#seen = parts.seen
  }

  load(key: string): Promise<Known> {
    const joined = this.#underWay.get(key)
    if (joined?.epoch === this.#cache.epoch) return joined.found
    const found = this.#loadUntilKnown(key)
    const entry = { epoch: this.#cache.epoch, found }
    this.#underWay.set(key, entry)
    const done = () => void (this.#underWay.get(key) === entry && this.#underWay.delete(key))
    found.then(done, done)
    return found
  }

  async #loadUntilKnown(key: string): Promise<Known> {
    for (let i = 0; i < attempts; i++) {
      const loading = this.#cache.load(key)
      try {
        const found = await this.#read(key, loading)
        const known = found && this.#cache.loaded(key, loading, found)
        if (known) return known
      } finally {
        this.#cache.abandon(key, loading)
      }
    }
    throw StorageError.torn({ key })
  }

  async #read(key: string, loading: Loading): Promise<Known | undefined> {
    const { at, entry } = await new Promise<Known>((settle) => {
      this.#queue.push({ key, loading, settle })
      if (this.#queue.length === 1) setImmediate(() => this.#flush())
    })
    if (!entry) return { at, entry: undefined }
    const stored = decodeStored(key, entry.value)
    const value = 'value' in stored ? stored.value : await this.#large.get(key, stored.parts)
    return value && { at, entry: { key, value, revision: entry.revision } }
  }

  #flush(): void {
    const wanted = this.#queue.splice(0)
    for (let i = 0; i < wanted.length; i += most) this.#ask(wanted.slice(i, i + most))
  }

  #ask(wanted: readonly Wanted[]): void {
    const answers = this.#readAll(wanted.map(({ key }) => this.#space.data.from + key))
    wanted.forEach(({ key, settle }, i) => settle(answers.then(({ at, found }) => ({ at, entry: entryIn(key, found[i]) }))))
  }

  /**
   * A member's own word is enough if it has come as far as this node: whoever asks has caught up with no more than that. One that
   * lags is asked to ask the others, which is what a linearizable read is, at several times the price.
   */
  async #readAll(keys: readonly string[]): Promise<Answered> {
    const needed = this.#seen()
    const own = await this.#readFrom(keys, true)
    return own.at >= needed ? own : this.#readFrom(keys, false)
  }

  async #readFrom(keys: readonly string[], serializable: boolean): Promise<Answered> {
    const [only] = keys
    if (only !== undefined && keys.length === 1) {
      const { header, kvs } = await this.#members.call('KV/Range', { key: only, serializable }, { hedgeMs })
      return { at: numberOf(header.revision), found: [kvs[0]] }
    }
    const { header, responses } = await this.#members.call('KV/Txn', { success: keys.map((key) => ({ request_range: { key, serializable } })) }, { hedgeMs })
    return { at: numberOf(header.revision), found: responses.map(({ response_range }) => response_range?.kvs[0]) }
  }
}

interface Answered {
  readonly at: number
  readonly found: readonly (KeyValue | undefined)[]
}

/** A copy: the answer's bytes belong to a buffer that many entries share. */
export const entryOf = (key: string, value: Uint8Array, revision: number): Entry => ({
  key,
  value: Uint8Array.prototype.slice.call(value),
  revision: BigInt(revision),
})

const entryIn = (key: string, kv: KeyValue | undefined) => kv && entryOf(key, kv.value, numberOf(kv.mod_revision))
