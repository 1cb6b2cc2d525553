import { TlBinaryWriter, TlSerializationCounter } from '@mtcute/tl-runtime'
import Long from 'long'
import type { Definition, Field, TlObject } from './definition.js'

/** The names one layer knows, and its constructors by type. */
export interface Names {
  byName(name: string): Definition | undefined
  ofType(type: string): readonly Definition[]
}

/** mtcute's writer and its counter take the same calls; a pass over the counter sizes the buffer for the writer. */
type Sink = TlBinaryWriter | TlSerializationCounter

/** Writes `value`, boxed, in the words of one layer. */
export function writeObject(names: Names, value: unknown): Uint8Array {
  return measured((sink) => new ObjectWriter(names, sink).boxed(value))
}

/** The same for what a method answers, which may be a vector of bare numbers as well as an object. */
export function writeVector(names: Names, type: string, values: readonly unknown[]): Uint8Array {
  return measured((sink) => new ObjectWriter(names, sink).vector({ name: '', raw: '', type, vector: 'boxed' }, values))
}

function measured(write: (sink: Sink) => void): Uint8Array {
  const counter = new TlSerializationCounter({ _staticSize: {} } as never)
  write(counter)
  const writer = TlBinaryWriter.manual(counter.count)
  write(writer)
  return writer.result()
}

class ObjectWriter {
  readonly #names: Names
  readonly #sink: Sink

  constructor(names: Names, sink: Sink) {
    this.#names = names
    this.#sink = sink
  }

  boxed(value: unknown): void {
    if (typeof value === 'boolean') return this.#sink.boolean(value)
    const { _: name } = value as TlObject
    const definition = this.#names.byName(name)
    if (!definition) throw new TypeError(`this layer has no ${name}`)
    this.#sink.uint(definition.id)
    this.#fields(definition, value as Record<string, unknown>)
  }

  vector(field: Field, values: readonly unknown[]): void {
    if (field.vector === 'boxed') this.#sink.uint(0x1cb5c415)
    this.#sink.uint(values.length)
    for (const value of values) this.#value(field, value)
  }

  #fields(definition: Definition, object: Readonly<Record<string, unknown>>): void {
    for (const field of definition.fields) {
      if (field.type === '#') this.#sink.uint(flagsOf(definition, field.raw, object))
      else if (!field.flag) this.#required(field, object[field.name])
      else if (field.type !== 'true' && isSet(object[field.name])) this.#field(field, object[field.name])
    }
  }

  /** A required field left unset is written empty: an object made for one layer may lack what an older one demands. */
  #required(field: Field, value: unknown): void {
    this.#field(field, isSet(value) ? value : field.vector ? [] : this.#empty(field.type))
  }

  #field(field: Field, value: unknown): void {
    if (field.vector) this.vector(field, value as readonly unknown[])
    else this.#value(field, value)
  }

  #value(field: Field, value: unknown): void {
    if (field.bare !== undefined) return this.#bare(field.type, value)
    const sink = this.#sink
    switch (field.type) {
      case 'int': return sink.int(Number(value))
      case 'int53': return sink.int53(Number(value))
      case 'long': return sink.long(Long.isLong(value) ? value : Long.fromValue(value as number | string))
      case 'double': return sink.double(Number(value))
      case 'string': return sink.string(String(value))
      case 'bytes': return sink.bytes(value as Uint8Array)
      case 'int128': return sink.int128(value as Uint8Array)
      case 'int256': return sink.int256(value as Uint8Array)
      case 'Bool': return sink.boolean(Boolean(value))
      default: return this.boxed(value)
    }
  }

  #bare(type: string, value: unknown): void {
    const definition = this.#names.byName(type)
    if (!definition) throw new TypeError(`this layer has no ${type}`)
    this.#fields(definition, value as Record<string, unknown>)
  }

  #empty(type: string): unknown {
    switch (type) {
      case 'int': case 'int53': case 'double': return 0
      case 'long': return Long.ZERO
      case 'string': return ''
      case 'bytes': return new Uint8Array()
      case 'Bool': return false
    }
    const choices = this.#names.ofType(type)
    const empty = choices.find(({ name }) => name.endsWith('Empty')) ?? choices.toSorted(byFields)[0]
    if (!empty) throw new TypeError(`this layer has no ${type}`)
    return { _: empty.name }
  }
}

const byFields = (a: Definition, b: Definition) => a.fields.length - b.fields.length
const isSet = (value: unknown) => value !== undefined && value !== null

function flagsOf({ fields }: Definition, word: string, object: Readonly<Record<string, unknown>>): number {
  let bits = 0
  for (const { flag, type, name } of fields) {
    if (flag?.word !== word) continue
    if (type === 'true' ? object[name] === true : isSet(object[name])) bits |= 1 << flag.bit
  }
  return bits >>> 0
}
