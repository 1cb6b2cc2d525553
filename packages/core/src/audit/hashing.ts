import { HmacKey } from '@chatelaine/crypto'
import { RawNumber } from '@chatelaine/sdk'
import type { Bound } from './bound.js'

export interface HashingOptions {
  readonly hmacAccessor: boolean
  readonly logRaw: boolean
}

const remembered = 4096
const deepest = 512
const nothing: ReadonlySet<string> = new Set()
const isNumber = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/**
 * Replaces what a device must not see by HMAC-SHA256 under the device's own salt: equal values can be recognised in
 * one log, and looked for with `sys/audit-hash`, but not guessed without the salt nor compared between logs.
 *
 * Deny by default: only numbers, booleans, null and map keys pass. Whatever else a value may be is hashed as the text
 * it would have been written as.
 */
export class Hashing {
  readonly #salt: Uint8Array
  readonly #hmac: HmacKey
  readonly #options: HashingOptions
  // Tokens and accessors come with every request. The oldest is forgotten first, and used ones become young again.
  readonly #known = new Map<string, string>()

  constructor(salt: Uint8Array, options: HashingOptions) {
    this.#salt = salt
    this.#hmac = new HmacKey(salt)
    this.#options = options
  }

  /** The hash of `text`, whatever the options say. */
  hash(text: string): string {
    return `hmac-sha256:${this.#hmac.hex(text)}`
  }

  token(token: string): string {
    return this.#options.logRaw ? token : this.#remember(token)
  }

  accessor(accessor: string): string {
    return this.#options.logRaw || !this.#options.hmacAccessor ? accessor : this.#remember(accessor)
  }

  text(text: string): string {
    return this.#options.logRaw ? text : this.hash(text)
  }

  /**
   * A copy of `value` fit to be written. As in Vault, a value is clear when the nearest map key above it is in
   * `clearKeys`, at any depth; the elements of a list count as standing under the list's key. With a `bound`, what has no room
   * is left out.
   */
  data(value: unknown, { clearKeys = nothing, bound }: DataOptions = {}): unknown {
    return this.#walk(value, { clearKeys, clear: false, depth: 0, bound })
  }

  /** Forgets tokens and fills the salt with zeros. */
  close(): void {
    this.#known.clear()
    this.#hmac.close()
    this.#salt.fill(0)
  }

  #remember(secret: string): string {
    const hashed = this.#known.get(secret) ?? this.hash(secret)
    this.#known.delete(secret)
    if (this.#known.size >= remembered) this.#known.delete(this.#known.keys().next().value ?? '')
    this.#known.set(secret, hashed)
    return hashed
  }

  #walk(value: unknown, at: Place): unknown {
    if (at.bound && typeof value !== 'string' && !at.bound.value()) return undefined
    switch (typeof value) {
      case 'string':
        return this.#string(value, at)
      case 'number':
      case 'boolean':
        return value
      case 'bigint':
        return new RawNumber(value.toString())
      case 'object':
        return value === null ? null : this.#object(value, at)
      default:
        return undefined
    }
  }

  #string(text: string, { clear, bound }: Place): string | undefined {
    const shown = clear || this.#options.logRaw
    if (bound && !bound.text(text.length, !shown)) return undefined
    return shown ? text : this.hash(text)
  }

  #object(value: object, at: Place): unknown {
    if (at.depth >= deepest) return this.text('nested too deeply to be written down')
    const inside = { ...at, depth: at.depth + 1 }
    if (Array.isArray(value)) return this.#list(value, inside)
    if (value instanceof RawNumber) return isNumber.test(value.literal) ? value : this.#walk(value.literal, at)
    if (ArrayBuffer.isView(value)) return this.#walk(base64(value), at)
    if ('toJSON' in value && typeof value.toJSON === 'function') return this.#walk(value.toJSON(), inside)
    if (value instanceof Map) return this.#map(value.entries(), inside)
    if (value instanceof Set) return this.#walk([...value], at)
    return this.#map(Object.entries(value), inside)
  }

  #list(items: readonly unknown[], at: Place): unknown[] {
    if (!at.bound) return items.map((item) => this.#walk(item, at))
    const out: unknown[] = []
    for (const item of items) {
      const written = this.#walk(item, at)
      if (written !== undefined) out.push(written)
      else if (at.bound.full) break
    }
    return out
  }

  #map(entries: Iterable<[unknown, unknown]>, { clearKeys, depth, bound }: Place): Record<string, unknown> {
    const out: Record<string, unknown> = {}
    for (const [name, inner] of entries) {
      const key = String(name)
      if (bound?.full && !bound.value()) break
      if (bound && !bound.name(key.length)) continue
      const written = this.#walk(inner, { clearKeys, clear: clearKeys.has(key), depth, bound })
      if (bound && written === undefined) continue
      // Assigning to `__proto__` would drop the value from the record without a trace.
      if (key === '__proto__') Object.defineProperty(out, key, { value: written, enumerable: true })
      else out[key] = written
    }
    return out
  }
}

export interface DataOptions {
  readonly clearKeys?: ReadonlySet<string> | undefined
  readonly bound?: Bound | undefined
}

interface Place {
  readonly bound: Bound | undefined
  readonly clearKeys: ReadonlySet<string>
  readonly clear: boolean
  readonly depth: number
}

const base64 = (view: ArrayBufferView) => Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('base64')
