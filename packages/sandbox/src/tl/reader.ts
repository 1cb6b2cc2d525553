import { unzipSync } from 'node:zlib'
import { TlBinaryReader } from '@mtcute/tl-runtime'
import { Malformed, UnknownConstructor } from '../errors.js'
import type { Definition, Field, TlObject } from './definition.js'

const GZIP_PACKED = 0x3072cfa1
const VECTOR = 0x1cb5c415
const BOOL_TRUE = 0x997275b5
const BOOL_FALSE = 0xbc799737
const TRUE = 0x3fedd339
const NULL = 0x56730bcc

/** Deeper than any object a client has reason to send; a stack overflow would be caught too, but late. */
const DEEPEST = 64
/** A packet unpacks to no more than this: a few kilobytes of zeros must not become a gigabyte. */
const LARGEST = 4 << 20

/** Clients pack with gzip or with zlib, though the schema speaks of gzip alone. */
export function unpacked(packed: Uint8Array): Uint8Array {
  try {
    return unzipSync(packed, { maxOutputLength: LARGEST })
  } catch (cause) {
    throw new Malformed('gzip_packed', { cause })
  }
}

/**
 * Reads one boxed object that anybody may have sent. Every way it can be wrong ends in Malformed or
 * UnknownConstructor: lengths are checked against what is left, counts too, and depth is bounded.
 */
export function readObject(bytes: Uint8Array, lookup: (id: number) => Definition | undefined): Read {
  const reader = new ObjectReader(bytes, lookup)
  const value = reader.guarded(() => reader.object())
  return { value, length: reader.position }
}

export interface Read {
  readonly value: unknown
  /** How many bytes the object took; more may follow it. */
  readonly length: number
}

class ObjectReader {
  readonly #reader: TlBinaryReader
  readonly #end: number
  readonly #lookup: (id: number) => Definition | undefined
  #depth = 0

  constructor(bytes: Uint8Array, lookup: (id: number) => Definition | undefined) {
    this.#reader = TlBinaryReader.manual(bytes)
    this.#end = bytes.length
    this.#lookup = lookup
  }

  get position(): number {
    return this.#reader.pos
  }

  /** A DataView read past its end is a RangeError; a byte string past its end is silently shorter, so look. */
  guarded<T>(read: () => T): T {
    try {
      const value = read()
      if (this.#reader.pos > this.#end) throw new Malformed('ends too early')
      return value
    } catch (error) {
      if (error instanceof UnknownConstructor || error instanceof Malformed) throw error
      throw new Malformed('unreadable object', { cause: error })
    }
  }

  object(): unknown {
    const id = this.#reader.uint()
    if (id === VECTOR) return this.#items(() => this.object())
    if (id === BOOL_TRUE || id === TRUE) return true
    if (id === BOOL_FALSE) return false
    if (id === NULL) return null
    if (id === GZIP_PACKED) return this.#nested(() => this.#unpacked())
    return this.#fields(id)
  }

  #unpacked(): unknown {
    const inner = new ObjectReader(unpacked(this.#sized(() => this.#reader.bytes())), this.#lookup)
    inner.#depth = this.#depth
    return inner.guarded(() => inner.object())
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > DEEPEST) throw new Malformed('nested too deep')
    const value = read()
    this.#depth--
    return value
  }

  #fields(id: number): TlObject {
    const definition = this.#lookup(id)
    if (!definition) throw new UnknownConstructor(id)
    return this.#nested(() => {
      const object: Record<string, unknown> & TlObject = { _: definition.name }
      const words = new Map<string, number>()
      for (const field of definition.fields) {
        if (field.type === '#') words.set(field.raw, this.#reader.uint())
        else if (field.type === 'true' && field.flag) object[field.name] = present(field, words)
        else if (!field.flag || present(field, words)) object[field.name] = this.#field(field)
      }
      return object
    })
  }

  #field(field: Field): unknown {
    const one = () => (field.bare === undefined ? this.#value(field.type) : this.#fields(field.bare))
    if (!field.vector) return one()
    if (field.vector === 'boxed' && this.#reader.uint() !== VECTOR) throw new Malformed('a vector was due')
    return this.#items(one)
  }

  #items(one: () => unknown): unknown[] {
    const count = this.#reader.uint()
    if (count * 4 > this.#end - this.#reader.pos) throw new Malformed('more items than bytes')
    return this.#nested(() => Array.from({ length: count }, one))
  }

  #value(type: string): unknown {
    switch (type) {
      case 'int': return this.#reader.int()
      case 'int53': return this.#reader.int53()
      case 'long': return this.#reader.long()
      case 'double': return this.#reader.double()
      case 'string': return this.#sized(() => this.#reader.string())
      case 'bytes': return this.#sized(() => this.#reader.bytes())
      case 'int128': return this.#sized(() => this.#reader.int128())
      case 'int256': return this.#sized(() => this.#reader.int256())
      case 'Bool': return this.#reader.boolean()
      default: return this.object()
    }
  }

  #sized<T>(read: () => T): T {
    const value = read()
    if (this.#reader.pos > this.#end) throw new Malformed('longer than what is left')
    return value
  }
}

const present = ({ flag }: Field, words: ReadonlyMap<string, number>) =>
  flag !== undefined && (((words.get(flag.word) ?? 0) >>> flag.bit) & 1) === 1
