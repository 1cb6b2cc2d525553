import { type Cursor } from './cursor.js'
import { type Position } from './errors.js'

const simple: Readonly<Record<string, string>> = {
  '"': '"', '\\': '\\', a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v',
}
const digits: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 }
const plain = /[^"\\\n$]+/y

/** A string in double quotes with Go's escapes. Inside `${ … }` everything is itself, quotes too, as in HCL1. */
export function parseQuoted(cursor: Cursor): string {
  const at = cursor.here()
  cursor.skip(1)
  let value = ''
  for (;;) {
    value += cursor.take(plain) ?? ''
    const next = cursor.peek()
    if (next === '"') break
    if (next === '\\') value += parseEscape(cursor)
    else if (cursor.startsWith('${')) value += takeInterpolation(cursor, at)
    else if (next === '$') value += takeOne(cursor)
    else throw cursor.fail('the string is not closed', at)
  }
  cursor.skip(1)
  return value
}

function takeOne(cursor: Cursor): string {
  const character = cursor.peek()
  cursor.skip(1)
  return character
}

function takeInterpolation(cursor: Cursor, at: Position): string {
  const start = cursor.offset
  let depth = 0
  for (let offset = start + 1; offset < cursor.text.length; offset += 1) {
    const character = cursor.text.charAt(offset)
    if (character === '{') depth += 1
    if (character === '}') depth -= 1
    if (depth > 0) continue
    cursor.moveTo(offset + 1)
    return cursor.text.slice(start, offset + 1)
  }
  throw cursor.fail('the string is not closed', at)
}

function parseEscape(cursor: Cursor): string {
  const at = cursor.here()
  cursor.skip(1)
  const octal = cursor.take(/[0-7]{3}/y)
  if (octal !== undefined) return codePoint(cursor, parseInt(octal, 8), at)

  const letter = takeOne(cursor)
  const known = Object.hasOwn(simple, letter) ? simple[letter] : undefined
  if (known !== undefined) return known

  const length = Object.hasOwn(digits, letter) ? digits[letter] : undefined
  const hex = length === undefined ? undefined : cursor.text.slice(cursor.offset, cursor.offset + length)
  if (hex === undefined || hex.length !== length || !/^[0-9a-fA-F]+$/.test(hex)) {
    throw cursor.fail('unknown escape in a string', at)
  }
  cursor.skip(hex.length)
  return codePoint(cursor, parseInt(hex, 16), at)
}

/** Half a surrogate pair is no character, and would not survive being written as UTF-8. */
function codePoint(cursor: Cursor, code: number, at: Position): string {
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw cursor.fail('the escape is no character', at)
  return String.fromCodePoint(code)
}
