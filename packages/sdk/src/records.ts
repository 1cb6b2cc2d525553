import type { Entry, Storage } from './storage.js'
import { parseJson, stringifyJson } from './json.js'
import { readJson } from './json-reader.js'
import { isHeavy, jsonBytes } from './json-writer.js'
import { inSlices } from './slices.js'
import { defineErrors } from './errors.js'
import { turns } from './turns.js'

export const RecordError = defineErrors('record', {
  contended: { status: 409, text: () => 'too many writers at once; try again' },
})

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/** A JSON record as stored bytes; numbers keep their literals. */
export const encodeRecord = (value: unknown): Uint8Array => encoder.encode(stringifyJson(value))
export const decodeRecord = <T>(bytes: Uint8Array): T => parseJson(decoder.decode(bytes)) as T

/** Records of more bytes are encoded and decoded in pieces. */
const longest = 65_536

/** The same for what clients sent, which may be of any size. */
export const encodeData = async (value: unknown): Promise<Uint8Array> => (isHeavy(value) ? inSlices(jsonBytes(value)) : encodeRecord(value))
export const decodeData = async <T>(bytes: Uint8Array): Promise<T> =>
  bytes.length > longest ? ((await inSlices(readJson(bytes))) as T) : decodeRecord<T>(bytes)

const attempts = 32

/**
 * Runs `attempt` until it no longer answers `false`, which is what a lost race looks like. Each run must read again: what it
 * read before is what it lost over.
 */
export async function untilCommitted<T>(attempt: () => Promise<T | false>): Promise<T> {
  for (let i = 0; i < attempts; i++) {
    const done = await attempt()
    if (done !== false) return done
  }
  throw RecordError.contended()
}

export interface ParsedLimits {
  /** How many are kept; the one that was parsed first goes first. */
  readonly entries: number
  /** An entry with more bytes than this is parsed each time. */
  readonly bytes: number
}

/**
 * Reads records of one kind and keeps each parsed for as long as storage says its revision is the same. There is no
 * invalidation: an entry is asked for every time, and only what it means is remembered.
 */
export class Parsed<T> {
  readonly #storage: Storage
  readonly #parse: (entry: Entry) => T | Promise<T>
  readonly #kept = new Map<string, { readonly revision: bigint; readonly value: T }>()
  readonly #limits: ParsedLimits

  constructor(storage: Storage, parse: (entry: Entry) => T | Promise<T>, limits: Partial<ParsedLimits> = {}) {
    this.#storage = storage
    this.#parse = parse
    this.#limits = { entries: 4096, bytes: Infinity, ...limits }
  }

  async get(key: string): Promise<{ readonly revision: bigint; readonly value: T } | undefined> {
    const entry = await this.#storage.get(key)
    if (!entry) {
      this.#kept.delete(key)
      return undefined
    }
    const kept = this.#kept.get(key)
    if (kept?.revision === entry.revision) return kept
    const parsed = this.#parse(entry)
    const fresh = { revision: entry.revision, value: parsed instanceof Promise ? await parsed : parsed }
    this.#kept.delete(key)
    if (entry.value.length > this.#limits.bytes) return fresh
    if (this.#kept.size >= this.#limits.entries) this.#kept.delete(this.#kept.keys().next().value ?? '')
    this.#kept.set(key, fresh)
    return fresh
  }

  /** Forgets everything parsed: sealing must leave nothing behind. */
  clear(): void {
    this.#kept.clear()
  }
}

/** The JSON records of a mount, each decoded once for as long as its revision stays. */
export interface Records {
  /** What is at `key`. It is shared with every later reader, and so frozen all the way down. */
  get<T>(key: string): Promise<{ readonly revision: bigint; readonly value: T } | undefined>
  /** Lets those who change the record at `key` do so one after another (see `turns`). */
  turn<T>(key: string, change: () => Promise<T>): Promise<T>
  clear(): void
}

/** Decodes what is small and read often once; bounded to some megabytes for a mount. */
export function records(storage: Storage): Records {
  // What is too long to be decoded in one go is too long to be kept as well, and so nobody else's to be changed.
  const parse = ({ value }: Entry) => (value.length > longest ? decodeData(value) : frozen(decodeRecord(value)))
  const parsed = new Parsed<unknown>(storage, parse, { entries: 1024, bytes: 8192 })
  return {
    // What a key holds is the engine's to know: it wrote the record, and names its type when it reads it.
    get: <T>(key: string) => parsed.get(key) as Promise<{ readonly revision: bigint; readonly value: T } | undefined>,
    turn: turns(),
    clear: () => parsed.clear(),
  }
}

function frozen(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen)
  return value
}
