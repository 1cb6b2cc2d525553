import { JsonError } from './json-limits.js'

const [quote, backslash] = [0x22, 0x5c]
/** An escape is at most six bytes, and stands for at least one. */
const longestEscape = 6

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** Collects one string of a JSON text, from behind its opening quote to its closing one, over as many pieces as it takes. */
export class StringReader {
  readonly #limit: number
  #pieces: Uint8Array[] = []
  #length = 0
  #escaped = false
  #plain = true
  /** The last piece ended right behind a backslash. */
  #half = false

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Goes on from `at`. The index behind the closing quote, or undefined when that has not come yet. */
  push(bytes: Uint8Array, at: number): number | undefined {
    let i = at
    if (this.#half) {
      i += 1
      this.#half = false
    }
    for (; i < bytes.length; i++) {
      const c = bytes[i] as number
      if (c === quote) break
      if (c === backslash) {
        this.#escaped = true
        i += 1
      } else if (c < 0x20) throw JsonError.invalid()
      else if (c >= 0x80) this.#plain = false
    }
    // One past the end: the character behind the backslash is in the next piece, and may be a quote.
    this.#half = i > bytes.length
    const end = Math.min(i, bytes.length)
    if (end > at) this.#take(bytes.subarray(at, end))
    return i < bytes.length ? i + 1 : undefined
  }

  /** The string, once its closing quote was seen. Ready for the next one. */
  end(): string {
    const [pieces, length, escaped, plain] = [this.#pieces, this.#length, this.#escaped, this.#plain]
    this.#pieces = []
    this.#length = 0
    this.#escaped = false
    this.#plain = true
    const bytes = pieces.length === 1 ? (pieces[0] as Uint8Array) : joined(pieces, length)
    const text = textOf(bytes, plain && !escaped)
    if (!escaped) return text
    const meant = unescaped(text)
    if (length > this.#limit && encoder.encode(meant).length > this.#limit) throw JsonError.longString()
    return meant
  }

  #take(piece: Uint8Array): void {
    this.#pieces.push(piece)
    this.#length += piece.length
    if (this.#length > this.#limit * (this.#escaped ? longestEscape : 1)) throw JsonError.longString()
  }
}

/** Short ones are put together here: calling the decoder costs more than that. */
function textOf(bytes: Uint8Array, plain: boolean): string {
  if (plain && bytes.length <= 64) return String.fromCharCode(...bytes)
  try {
    return decoder.decode(bytes)
  } catch {
    throw JsonError.notUtf8()
  }
}

/** The built-in parser knows the escapes. Without the cause: its sentence quotes the text. */
function unescaped(text: string): string {
  try {
    return JSON.parse(`"${text}"`) as string
  } catch {
    throw JsonError.invalid()
  }
}

export function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}
