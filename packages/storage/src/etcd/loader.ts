import { numberOf, type KeyValue, type Members, type RangeResponse } from '@chatelaine/etcd'
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
  readonly #underWay = new Map<string, { readonly epoch: number; readonly found: Promise<Known> }>()
  readonly #queue: Wanted[] = []

  constructor(parts: { members: Members; space: Keyspace; large: LargeValues; cache: Cache }) {
    this.#members = parts.members
    this.#space = parts.space
    this.#large = parts.large
    this.#cache = parts.cache
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
    const ranges = wanted.map(({ key }) => ({ key: this.#space.data.from + key }))
    const [only] = ranges
    const answers: Promise<{ at: number; ranges: readonly (RangeResponse | null | undefined)[] }> =
      only && ranges.length === 1
        ? this.#members.call('KV/Range', only, { hedgeMs }).then((answer) => ({ at: numberOf(answer.header.revision), ranges: [answer] }))
        : this.#members
            .call('KV/Txn', { success: ranges.map((range) => ({ request_range: range })) }, { hedgeMs })
            .then(({ header, responses }) => ({ at: numberOf(header.revision), ranges: responses.map(({ response_range }) => response_range) }))
    wanted.forEach(({ key, settle }, i) => settle(answers.then(({ at, ranges }) => ({ at, entry: entryIn(key, ranges[i]?.kvs[0]) }))))
  }
}

/** A copy: the answer's bytes belong to a buffer that many entries share. */
export const entryOf = (key: string, value: Uint8Array, revision: number): Entry => ({
  key,
  value: Uint8Array.prototype.slice.call(value),
  revision: BigInt(revision),
})

const entryIn = (key: string, kv: KeyValue | undefined) => kv && entryOf(key, kv.value, numberOf(kv.mod_revision))
