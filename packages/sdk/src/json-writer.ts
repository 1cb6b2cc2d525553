import { RawNumber } from './json.js'
import { joined } from './json-string.js'
import type { Sliced } from './slices.js'

/** What may be written or read in one go. */
const light = { values: 512, characters: 65_536 }

/** Whether `value` is so large that writing it as JSON in one go would keep others waiting. Looks at no more than it needs to. */
export function isHeavy(value: unknown): boolean {
  const left = { ...light }
  return weigh(value, left)
}

function weigh(value: unknown, left: { values: number; characters: number }): boolean {
  left.values -= 1
  if (typeof value === 'string') left.characters -= value.length
  else if (typeof value === 'object' && value !== null) {
    if (Array.isArray(value)) {
      if (value.length > left.values) return true
      for (const item of value) if (weigh(item, left)) return true
    } else {
      for (const name in value) {
        left.characters -= name.length
        if (weigh((value as Record<string, unknown>)[name], left)) return true
      }
    }
  }
  return left.values < 0 || left.characters < 0
}

/** Pieces are about so long. */
const pieceLength = 65_536
const encoder = new TextEncoder()

/** Writes what `stringifyJson` writes, as bytes and in pieces, one after the other. */
export function* jsonPieces(value: unknown): Sliced<Uint8Array[]> {
  const out = new Pieces()
  yield* write(value, out)
  out.flush()
  return out.done
}

/** As `jsonPieces`, in one. */
export function* jsonBytes(value: unknown): Sliced<Uint8Array> {
  return yield* together(yield* jsonPieces(value))
}

/** Copying is work too. */
export function* together(pieces: readonly Uint8Array[]): Sliced<Uint8Array> {
  if (pieces.length === 1) return pieces[0] as Uint8Array
  if (pieces.length < 16) return joined(pieces, lengthOf(pieces))
  const bytes = new Uint8Array(lengthOf(pieces))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
    yield
  }
  return bytes
}

export const lengthOf = (pieces: readonly Uint8Array[]): number => pieces.reduce((sum, { length }) => sum + length, 0)

/** A text as UTF-8, in pieces: no pair of surrogates is torn. */
export function* textPieces(text: string): Sliced<Uint8Array[]> {
  const pieces: Uint8Array[] = []
  for (const part of partsOf(text)) {
    pieces.push(encoder.encode(part))
    yield
  }
  return pieces
}

class Pieces {
  readonly done: Uint8Array[] = []
  #text = ''

  /** Whether a piece was finished. */
  add(text: string): boolean {
    this.#text += text
    if (this.#text.length < pieceLength) return false
    this.flush()
    return true
  }

  flush(): void {
    if (this.#text !== '') this.done.push(encoder.encode(this.#text))
    this.#text = ''
  }
}

/** As JSON.stringify: what has no form is null in a list and left out of an object. */
function* write(value: unknown, out: Pieces): Sliced<void> {
  const shown = formOf(value)
  if (typeof shown === 'string') yield* writeString(shown, out)
  else if (shown instanceof RawNumber) out.add(shown.literal)
  else if (Array.isArray(shown)) yield* writeList(shown, out)
  else if (typeof shown === 'object' && shown !== null) yield* writeObject(shown, out)
  else if (out.add(JSON.stringify(shown) ?? 'null')) yield
}

function* writeList(list: readonly unknown[], out: Pieces): Sliced<void> {
  let mark = '['
  for (const item of list) {
    if (out.add(mark)) yield
    mark = ','
    yield* write(item, out)
  }
  out.add(list.length === 0 ? '[]' : ']')
}

function* writeObject(object: object, out: Pieces): Sliced<void> {
  let mark = '{'
  for (const [name, inner] of Object.entries(object)) {
    if (!hasForm(inner)) continue
    if (out.add(mark)) yield
    mark = ','
    yield* writeString(name, out)
    out.add(':')
    yield* write(inner, out)
  }
  out.add(mark === '{' ? '{}' : '}')
}

function* writeString(text: string, out: Pieces): Sliced<void> {
  if (text.length < pieceLength) {
    if (out.add(JSON.stringify(text))) yield
    return
  }
  out.add('"')
  for (const part of partsOf(text)) {
    if (out.add(JSON.stringify(part).slice(1, -1))) yield
  }
  out.add('"')
}

function* partsOf(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + pieceLength, text.length)
    const last = text.charCodeAt(end - 1)
    if (end < text.length && last >= 0xd800 && last < 0xdc00) end += 1
    yield text.slice(at, end)
    at = end
  }
}

const formOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !(value instanceof RawNumber) && 'toJSON' in value && typeof value.toJSON === 'function'
    ? value.toJSON()
    : value

const hasForm = (value: unknown) => value !== undefined && typeof value !== 'function' && typeof value !== 'symbol'
