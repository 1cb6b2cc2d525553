import { isUtf8 } from 'node:buffer'
import { jsonDepth, JsonError, JsonReader, parseJson, RawNumber, VaultError, type JsonLimits, type Sliced } from '@chatelaine/sdk'
import { HttpError } from '../errors.js'
import { FormReader } from './form.js'
import { readPairs, type Input } from './pairs.js'

/** A body of so many bytes is read in one go once it is there. */
export const smallBody = 16_384

/** A body's input: a JSON object, whatever the media type says, or a form that says so and does not look like JSON. */
export function readInput(bytes: Buffer, mediaType: string, limits: JsonLimits): Input {
  if (bytes.length === 0) return {}
  if (!isWithin(limits, bytes.length)) return readPieces(bytes, mediaType, limits)
  if (!isUtf8(bytes)) throw HttpError.badJson({ problem: 'not UTF-8' })
  const text = bytes.toString('utf8')
  return isForm(text, mediaType) ? readForm(text) : readObject(text, limits.depth)
}

/** Whether so few bytes cannot be over any limit but that of nesting: an element takes two of them, an entry five. */
const isWithin = ({ stringBytes, objectEntries, arrayElements, tokens }: JsonLimits, length: number) =>
  length <= smallBody && length <= stringBytes && length <= tokens && length <= 2 * arrayElements && length <= 5 * objectEntries

function readPieces(bytes: Buffer, mediaType: string, limits: JsonLimits): Input {
  const reader = new BodyReader(mediaType, limits)
  reader.push(bytes)
  return reader.end()
}

// `curl -d '{…}'` names its JSON a form; Vault looks at the first character, and so do we.
const formType = 'application/x-www-form-urlencoded'
const isForm = (text: string, mediaType: string) => mediaType === formType && !/^[ \t\r\n]*\{/.test(text)

function readForm(text: string): Input {
  try {
    return readPairs(text)
  } catch (cause) {
    throw HttpError.badForm(undefined, { cause })
  }
}

function readObject(text: string, depth: number): Input {
  // Nesting costs two characters a level, so that a short text needs no counting.
  if (text.length > 2 * depth && jsonDepth(text, depth) > depth) throw refusal(JsonError.tooDeep())
  return asInput(parse(text))
}

function asInput(value: unknown): Input {
  if (value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value) || value instanceof RawNumber) {
    throw HttpError.badJson({ problem: 'an object is wanted' })
  }
  return value as Input
}

/** Without the cause: the built-in sentence quotes the text around the fault. */
function parse(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    throw HttpError.badJson({ problem: 'invalid JSON' })
  }
}

const refusal = (error: unknown) => (error instanceof VaultError ? HttpError.badJson({ problem: error.message }) : error)

const blank = [0x20, 0x09, 0x0a, 0x0d]
const openObject = 0x7b
const pieceBytes = 16_384

/** A body as its bytes arrive. Which of the two it is, its first bytes tell. */
export class BodyReader {
  readonly #mediaType: string
  readonly #limits: JsonLimits
  #reader: JsonReader | FormReader | undefined

  constructor(mediaType: string, limits: JsonLimits) {
    this.#mediaType = mediaType
    this.#limits = limits
  }

  push(bytes: Uint8Array): void {
    try {
      this.#reader ??= this.#choose(bytes)
      this.#reader.push(bytes)
    } catch (error) {
      throw this.#reader instanceof FormReader ? error : refusal(error)
    }
  }

  /** The same, as work that others' work may come between. */
  *pieces(bytes: Uint8Array): Sliced<void> {
    for (let i = 0; i < bytes.length; i += pieceBytes) {
      this.push(bytes.subarray(i, i + pieceBytes))
      yield
    }
  }

  end(): Input {
    if (!this.#reader) return {}
    if (this.#reader instanceof FormReader) return this.#reader.end()
    try {
      return asInput(this.#reader.end())
    } catch (error) {
      throw HttpError.badJson.is(error) ? error : refusal(error)
    }
  }

  #choose(bytes: Uint8Array): JsonReader | FormReader {
    const first = bytes.find((byte) => !blank.includes(byte))
    return this.#mediaType === formType && first !== openObject ? new FormReader(this.#limits) : new JsonReader(this.#limits)
  }
}

/** A Content-Type without its parameters. */
export function mediaTypeOf(header: string | undefined): string {
  if (header === undefined) return ''
  const end = header.indexOf(';')
  return (end < 0 ? header : header.slice(0, end)).trim().toLowerCase()
}
