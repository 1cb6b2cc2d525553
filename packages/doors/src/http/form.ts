import { isUtf8 } from 'node:buffer'
import { JsonError, type VaultError, type JsonLimits } from '@chatelaine/sdk'
import { HttpError } from '../errors.js'
import { addPair, type Input } from './pairs.js'

const ampersand = 0x26

/** Reads a form while its bytes arrive, under the limits that JSON is under: a name or a value is a string, a name that is repeated a list. */
export class FormReader {
  readonly #limits: JsonLimits
  readonly #input: Input = {}
  #pieces: Uint8Array[] = []
  #length = 0
  #tokens = 0
  #names = 0

  constructor(limits: JsonLimits) {
    this.#limits = limits
  }

  push(bytes: Uint8Array): void {
    let at = 0
    for (let end = bytes.indexOf(ampersand); end >= 0; end = bytes.indexOf(ampersand, at)) {
      this.#take(bytes.subarray(at, end))
      this.#endPair()
      at = end + 1
    }
    this.#take(bytes.subarray(at))
  }

  end(): Input {
    this.#endPair()
    return this.#input
  }

  #take(piece: Uint8Array): void {
    if (piece.length === 0) return
    this.#pieces.push(piece)
    this.#length += piece.length
    // A name, `=` and a value, of which each byte may be written as three.
    if (this.#length > 6 * this.#limits.stringBytes + 1) throw tooMuch(JsonError.longString())
  }

  #endPair(): void {
    if (this.#length === 0) return
    const bytes = Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#length = 0
    if (!isUtf8(bytes)) throw HttpError.badForm()
    this.#tokens += 2
    if (this.#tokens > this.#limits.tokens) throw tooMuch(JsonError.manyTokens())
    const { name, value, among } = added(this.#input, bytes.toString())
    const { stringBytes, objectEntries, arrayElements } = this.#limits
    if (Buffer.byteLength(name) > stringBytes || Buffer.byteLength(value) > stringBytes) throw tooMuch(JsonError.longString())
    if (among > arrayElements) throw tooMuch(JsonError.manyElements())
    if (among === 1) this.#names += 1
    if (this.#names > objectEntries) throw tooMuch(JsonError.manyEntries())
  }
}

function added(input: Input, pair: string) {
  try {
    return addPair(input, pair)
  } catch (cause) {
    throw HttpError.badForm(undefined, { cause })
  }
}

const tooMuch = ({ message }: VaultError) => HttpError.formTooMuch({ problem: message })
