import { type Cursor } from '../cursor.js'
import { parseHeredoc } from '../heredoc.js'
import { parseQuoted } from '../quoted.js'
import { CommentReader } from './comments.js'
import type { Block, Item, List, Literal, Node, Place, Tree } from './tree.js'

const identifier = /[\p{L}_][\p{L}\p{N}_.-]*/uy
const bare = /[^\s,[\]{}=#"]+/y

/** Reads a text that is known to be HCL, and keeps what parsing leaves out: comments, and values as they were written. */
export function readTree(cursor: Cursor): Tree {
  const comments = new CommentReader(cursor)
  const items = readItems(cursor, comments, '')
  return { items, loose: comments.loose(), comments: comments.all() }
}

function readItems(cursor: Cursor, comments: CommentReader, close: '' | '}'): Item[] {
  const items: Item[] = []
  for (;;) {
    comments.pass()
    if (cursor.peek() === close) return items
    items.push(readItem(cursor, comments))
    comments.pass()
    if (cursor.peek() === ',') comments.token(1)
  }
}

function readItem(cursor: Cursor, comments: CommentReader): Item {
  const at = place(cursor)
  const lead = comments.takeLead()
  const keys: string[] = []
  while (cursor.peek() !== '=' && cursor.peek() !== '{') {
    keys.push(readKey(cursor, comments))
    comments.pass()
  }
  const assigned = cursor.peek() === '='
  if (assigned) comments.token(1)
  comments.pass()
  const value = readNode(cursor, comments)
  // A comment between key and value, or behind the brace of an empty block, belongs to the item as well as one behind it.
  const inside = comments.takeTrail()
  comments.pass()
  const behind = value.line === at.line ? comments.takeTrail() : undefined
  if (behind) comments.giveBack(inside)
  return { ...at, keys, assigned, value, lead, trail: behind ?? inside }
}

function readKey(cursor: Cursor, comments: CommentReader): string {
  const { offset, line } = place(cursor)
  if (cursor.peek() === '"') parseQuoted(cursor)
  else if (cursor.take(identifier) === undefined) throw cursor.fail('expected a key')
  comments.passed(line)
  return cursor.text.slice(offset, cursor.offset)
}

function readNode(cursor: Cursor, comments: CommentReader): Node {
  if (cursor.peek() === '{') return readBlock(cursor, comments)
  return cursor.peek() === '[' ? readList(cursor, comments) : readLiteral(cursor, comments)
}

function readBlock(cursor: Cursor, comments: CommentReader): Block {
  const at = place(cursor)
  comments.token(1)
  const items = cursor.nested(() => readItems(cursor, comments, '}'))
  const end = place(cursor)
  comments.token(1)
  return { kind: 'block', ...at, items, end }
}

function readList(cursor: Cursor, comments: CommentReader): List {
  const at = place(cursor)
  const items: Node[] = []
  comments.token(1)
  for (;;) {
    comments.pass()
    if (cursor.peek() === ']') break
    const lead = comments.takeLead()
    const item = cursor.nested(() => readNode(cursor, comments))
    if (item.kind === 'literal') item.lead = lead
    items.push(item)
    comments.pass()
    if (cursor.peek() !== ',') continue
    comments.token(1)
    comments.pass()
    if (item.kind === 'literal') item.trail = comments.takeTrail()
  }
  comments.token(1)
  return { kind: 'list', ...at, items }
}

function readLiteral(cursor: Cursor, comments: CommentReader): Literal {
  const at = place(cursor)
  const heredoc = cursor.startsWith('<<')
  if (heredoc) parseHeredoc(cursor)
  else if (cursor.peek() === '"') parseQuoted(cursor)
  else if (cursor.take(bare) === undefined) throw cursor.fail('expected a value')
  comments.passed(at.line)
  return { kind: 'literal', ...at, text: cursor.text.slice(at.offset, cursor.offset), heredoc }
}

const place = (cursor: Cursor): Place => ({ offset: cursor.offset, line: cursor.here().line })
