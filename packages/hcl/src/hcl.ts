import { type Entry, type Key, type ListValue, type ObjectValue, type Value } from './ast.js'
import { type Cursor } from './cursor.js'
import { parseHeredoc } from './heredoc.js'
import { parseNumber } from './number.js'
import { parseQuoted } from './quoted.js'

const blank = /[ \t\r\n]+/y
const identifier = /[\p{L}_][\p{L}\p{N}_.-]*/uy
const number = /-?(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/y
const wordFollows = /[\p{L}\p{N}_.]/uy
const mostLabels = 8

/** HCL version 1, in forms that parsers of version 2 refuse: commas and new lines between entries are optional. */
export function parseHcl(cursor: Cursor): ObjectValue {
  const at = cursor.here()
  return { kind: 'object', entries: parseEntries(cursor, ''), at }
}

/** Entries up to `close`, which is left standing; '' is the end of the text. */
function parseEntries(cursor: Cursor, close: '' | '}'): Entry[] {
  const entries: Entry[] = []
  for (;;) {
    skipBlank(cursor)
    if (cursor.peek() === close) return entries
    entries.push(parseEntry(cursor, close))
    skipBlank(cursor)
    if (cursor.peek() === ',') cursor.skip(1)
  }
}

function parseEntry(cursor: Cursor, close: '' | '}'): Entry {
  const key = parseKey(cursor)
  if (!key) throw cursor.fail(close ? 'expected a key or "}"' : 'expected a key')

  const labels: Key[] = []
  for (;;) {
    skipBlank(cursor)
    const next = cursor.peek()
    if (next === '{') return { key, labels, value: parseObject(cursor) }
    if (next === '=' && labels.length === 0) {
      cursor.skip(1)
      skipBlank(cursor)
      return { key, labels, value: parseValue(cursor) }
    }
    const expected = `expected ${labels.length ? '' : '"=" or '}"{"`
    const label = next === '=' ? undefined : parseKey(cursor)
    if (!label || labels.length === mostLabels) throw cursor.fail(expected, label?.at, `${expected} after ${nameOf(key)}`)
    labels.push(label)
  }
}

function nameOf({ name }: Key): string {
  return JSON.stringify(name.length > 64 ? `${name.slice(0, 64)}…` : name)
}

function parseKey(cursor: Cursor): Key | undefined {
  const at = cursor.here()
  const name = cursor.peek() === '"' ? parseQuoted(cursor) : cursor.take(identifier)
  return name === undefined ? undefined : { name, at }
}

function parseValue(cursor: Cursor): Value {
  const at = cursor.here()
  const next = cursor.peek()
  if (next === '{') return parseObject(cursor)
  if (next === '[') return parseList(cursor)
  if (next === '"') return { kind: 'string', value: parseQuoted(cursor), at }
  if (cursor.startsWith('<<')) return { kind: 'string', value: parseHeredoc(cursor), at }

  const digits = cursor.take(number)
  if (digits !== undefined) {
    if (cursor.take(wordFollows) !== undefined) throw cursor.fail('expected a value', at)
    return parseNumber(cursor, digits, at)
  }
  const word = cursor.take(identifier)
  if (word === 'true' || word === 'false') return { kind: 'boolean', value: word === 'true', at }
  throw cursor.fail('expected a value', at)
}

function parseObject(cursor: Cursor): ObjectValue {
  const at = cursor.here()
  const entries = cursor.nested(() => {
    cursor.skip(1)
    return parseEntries(cursor, '}')
  })
  cursor.skip(1)
  return { kind: 'object', entries, at }
}

/** Items are parted by commas; one more may follow the last. */
function parseList(cursor: Cursor): ListValue {
  const at = cursor.here()
  const items = cursor.nested(() => {
    cursor.skip(1)
    return parseItems(cursor)
  })
  cursor.skip(1)
  return { kind: 'list', items, at }
}

function parseItems(cursor: Cursor): Value[] {
  const items: Value[] = []
  for (;;) {
    skipBlank(cursor)
    if (cursor.peek() === ']') return items
    items.push(parseValue(cursor))
    skipBlank(cursor)
    if (cursor.peek() === ',') cursor.skip(1)
    else if (cursor.peek() !== ']') throw cursor.fail('expected "," or "]"')
  }
}

/** White space and comments: `#` and `//` to the end of the line, `/*` to its mate. */
function skipBlank(cursor: Cursor): void {
  for (;;) {
    cursor.take(blank)
    if (cursor.peek() === '#' || cursor.startsWith('//')) {
      const end = cursor.text.indexOf('\n', cursor.offset)
      cursor.moveTo(end === -1 ? cursor.text.length : end)
    } else if (cursor.startsWith('/*')) {
      const end = cursor.text.indexOf('*/', cursor.offset + 2)
      if (end === -1) throw cursor.fail('the comment is not closed')
      cursor.moveTo(end + 2)
    } else return
  }
}
