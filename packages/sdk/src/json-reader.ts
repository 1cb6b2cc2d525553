import { define, isLossy, isNumber, RawNumber } from './json.js'
import { JsonError, noJsonLimits, type JsonLimits } from './json-limits.js'
import { StringReader } from './json-string.js'
import type { Sliced } from './slices.js'

/** A container that is still open. */
interface Open {
  readonly value: unknown[] | Record<string, unknown>
  /** The name that the next value of an object gets. */
  name: string
  count: number
}

/** What may come next, blanks aside. */
type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | ':' | ', or end' | 'end of text'

const [quote, comma, colon, minus, dot, plus] = [0x22, 0x2c, 0x3a, 0x2d, 0x2e, 0x2b]
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d]
const words: Readonly<Record<number, readonly [string, unknown]>> = { 0x74: ['true', true], 0x66: ['false', false], 0x6e: ['null', null] }

const isBlank = (c: number) => c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09
const isOfNumber = (c: number) => (c >= 0x30 && c <= 0x39) || c === dot || c === minus || c === plus || c === 0x65 || c === 0x45

/**
 * Reads JSON while its bytes arrive, in pieces cut anywhere, and refuses it at the first byte that is wrong or too much. What it
 * makes is what `parseJson` makes of the same text. Work is proportional to the bytes of each piece, but for the end of a string,
 * which costs as much as the string is long.
 */
export class JsonReader {
  readonly #limits: JsonLimits
  readonly #strings: StringReader
  readonly #open: Open[] = []
  #expected: Expected = 'value'
  /** The token that the last piece ended in. */
  #inside: 'string' | 'number' | 'word' | undefined
  #number = ''
  #word = ''
  #wordValue: unknown
  #tokens = 0
  #root: unknown

  constructor(limits: JsonLimits = noJsonLimits) {
    this.#limits = limits
    this.#strings = new StringReader(limits.stringBytes)
  }

  /** How many names, values and brackets there were. */
  get tokens(): number {
    return this.#tokens
  }

  push(bytes: Uint8Array): void {
    let i = 0
    while (i < bytes.length) {
      if (this.#inside === 'string') i = this.#inString(bytes, i)
      else if (this.#inside === 'number') i = this.#inNumber(bytes, i)
      else if (this.#inside === 'word') i = this.#inWord(bytes, i)
      else i = this.#between(bytes, i)
    }
  }

  /** The whole value. Throws when the text has not come to its end. */
  end(): unknown {
    if (this.#inside === 'number') this.#endNumber()
    if (this.#inside !== undefined || this.#expected !== 'end of text') throw JsonError.invalid()
    return this.#root
  }

  #between(bytes: Uint8Array, at: number): number {
    const c = bytes[at] as number
    if (isBlank(c)) return at + 1
    switch (this.#expected) {
      case ':':
        if (c !== colon) throw JsonError.invalid()
        this.#expected = 'value'
        return at + 1
      case ', or end':
        return this.#next(c, at)
      case 'name':
      case 'name or }':
        if (c === closeObject && this.#expected === 'name or }') return this.#close(at)
        if (c !== quote) throw JsonError.invalid()
        return this.#begin('string', at + 1)
      case 'value or ]':
        return c === closeList ? this.#close(at) : this.#value(c, at)
      case 'value':
        return this.#value(c, at)
      case 'end of text':
        throw JsonError.invalid()
    }
  }

  #next(c: number, at: number): number {
    const inList = Array.isArray(this.#open.at(-1)?.value)
    if (c === comma) this.#expected = inList ? 'value' : 'name'
    else if (c === (inList ? closeList : closeObject)) return this.#close(at)
    else throw JsonError.invalid()
    return at + 1
  }

  #value(c: number, at: number): number {
    if (c === quote) return this.#begin('string', at + 1)
    if (c === openObject) return this.#enter({}, 'name or }', at)
    if (c === openList) return this.#enter([], 'value or ]', at)
    if (c === minus || (c >= 0x30 && c <= 0x39)) return this.#begin('number', at)
    const word = words[c]
    if (!word) throw JsonError.invalid()
    ;[this.#word, this.#wordValue] = word
    return this.#begin('word', at)
  }

  #begin(what: 'string' | 'number' | 'word', at: number): number {
    this.#count()
    this.#inside = what
    return at
  }

  #count(): void {
    this.#tokens += 1
    if (this.#tokens > this.#limits.tokens) throw JsonError.manyTokens()
  }

  #enter(value: Open['value'], expected: Expected, at: number): number {
    this.#count()
    if (this.#open.length >= this.#limits.depth) throw JsonError.tooDeep()
    this.#open.push({ value, name: '', count: 0 })
    this.#expected = expected
    return at + 1
  }

  #close(at: number): number {
    this.#count()
    this.#put((this.#open.pop() as Open).value)
    return at + 1
  }

  #inString(bytes: Uint8Array, at: number): number {
    const end = this.#strings.push(bytes, at)
    if (end === undefined) return bytes.length
    this.#inside = undefined
    const text = this.#strings.end()
    if (this.#expected === 'name' || this.#expected === 'name or }') this.#named(text)
    else this.#put(text)
    return end
  }

  #inNumber(bytes: Uint8Array, at: number): number {
    let end = at
    while (end < bytes.length && isOfNumber(bytes[end] as number)) end += 1
    this.#number += ascii(bytes.subarray(at, end))
    if (this.#number.length > this.#limits.stringBytes) throw JsonError.longString()
    if (end < bytes.length) this.#endNumber()
    return end
  }

  #endNumber(): void {
    const literal = this.#number
    this.#number = ''
    this.#inside = undefined
    if (!isNumber.test(literal)) throw JsonError.invalid()
    this.#put(isLossy(literal, 0, literal.length) ? new RawNumber(literal) : Number(literal))
  }

  #inWord(bytes: Uint8Array, at: number): number {
    let i = at
    while (i < bytes.length && this.#word !== '') {
      if (bytes[i] !== this.#word.charCodeAt(0)) throw JsonError.invalid()
      this.#word = this.#word.slice(1)
      i += 1
    }
    if (this.#word !== '') return i
    this.#inside = undefined
    this.#put(this.#wordValue)
    return i
  }

  #named(name: string): void {
    const open = this.#open.at(-1) as Open
    open.count += 1
    if (open.count > this.#limits.objectEntries) throw JsonError.manyEntries()
    open.name = name
    this.#expected = ':'
  }

  #put(value: unknown): void {
    const open = this.#open.at(-1)
    this.#expected = open ? ', or end' : 'end of text'
    if (!open) {
      this.#root = value
    } else if (Array.isArray(open.value)) {
      open.count += 1
      if (open.count > this.#limits.arrayElements) throw JsonError.manyElements()
      open.value.push(value)
    } else if (open.name === '__proto__') {
      define(open.value, open.name, value)
    } else {
      open.value[open.name] = value
    }
  }
}

/** Only for bytes that are known to be ASCII. */
export function ascii(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096))
  return text
}

const piece = 16_384

/** A whole text that lies in memory, read in pieces. */
export function* readJson(bytes: Uint8Array, limits?: JsonLimits): Sliced<unknown> {
  const reader = new JsonReader(limits)
  for (let i = 0; i < bytes.length; i += piece) {
    reader.push(bytes.subarray(i, i + piece))
    yield
  }
  return reader.end()
}
