import { type Entry, type Key, type ListValue, type ObjectValue, type Value } from './ast.js'
import { type Cursor } from './cursor.js'
import { HclError, type Position } from './errors.js'
import { parseNumber } from './number.js'

const blank = /[ \t\r\n]+/y
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const word = /[a-z]+/y

/** JSON as the standard has it. `JSON.parse` tells no positions and forgets a key written twice; both matter here. */
export function parseJson(cursor: Cursor): ObjectValue {
  cursor.take(blank)
  const document = parseObject(cursor)
  cursor.take(blank)
  if (cursor.peek() !== '') throw cursor.fail('expected the end of the text')
  return document
}

function parseValue(cursor: Cursor): Value {
  const at = cursor.here()
  const next = cursor.peek()
  if (next === '{') return parseObject(cursor)
  if (next === '[') return parseList(cursor)
  if (next === '"') return { kind: 'string', value: parseString(cursor), at }

  const digits = cursor.take(number)
  if (digits !== undefined) return parseNumber(cursor, digits, at)
  const name = cursor.take(word)
  if (name === 'true' || name === 'false') return { kind: 'boolean', value: name === 'true', at }
  if (name === 'null') return { kind: 'null', at }
  throw cursor.fail('expected a value', at)
}

function parseObject(cursor: Cursor): ObjectValue {
  const at = cursor.here()
  const entries = parseSequence(cursor, '}', () => parseEntry(cursor))
  return { kind: 'object', entries, at }
}

function parseList(cursor: Cursor): ListValue {
  const at = cursor.here()
  return { kind: 'list', items: parseSequence(cursor, ']', () => parseValue(cursor)), at }
}

/** What stands between an opening bracket and its mate, parted by commas. */
function parseSequence<T>(cursor: Cursor, close: '}' | ']', parse: () => T): T[] {
  return cursor.nested(() => {
    cursor.skip(1)
    cursor.take(blank)
    const items: T[] = []
    while (items.length || cursor.peek() !== close) {
      items.push(parse())
      cursor.take(blank)
      if (cursor.peek() === close) break
      if (cursor.peek() !== ',') throw cursor.fail(`expected "," or "${close}"`)
      cursor.skip(1)
      cursor.take(blank)
    }
    cursor.skip(1)
    return items
  })
}

function parseEntry(cursor: Cursor): Entry {
  const key: Key = { at: cursor.here(), name: parseString(cursor) }
  cursor.take(blank)
  if (cursor.peek() !== ':') throw cursor.fail('expected ":"')
  cursor.skip(1)
  cursor.take(blank)
  return { key, labels: [], value: parseValue(cursor) }
}

function parseString(cursor: Cursor): string {
  const at = cursor.here()
  if (cursor.peek() !== '"') throw cursor.fail('expected a string in double quotes')
  const end = closingQuote(cursor, at)
  const literal = cursor.text.slice(cursor.offset, end + 1)
  cursor.moveTo(end + 1)
  try {
    return JSON.parse(literal) as string
  } catch {
    // The platform's own sentence would quote the string, which may be a secret.
    throw new HclError('the string holds an unknown escape or a control character', at)
  }
}

function closingQuote(cursor: Cursor, at: Position): number {
  for (let offset = cursor.offset + 1; offset < cursor.text.length; offset += 1) {
    const character = cursor.text.charAt(offset)
    if (character === '"') return offset
    if (character === '\\') offset += 1
  }
  throw cursor.fail('the string is not closed', at)
}
