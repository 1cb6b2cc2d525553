import { type Cursor } from '../cursor.js'
import type { Comment, Group } from './tree.js'

const blank = /[ \t\r\n]+/y

/**
 * Reads the comments between tokens and says to what they belong, by hclfmt's rule: those behind a token on its line trail it, those
 * right above a token lead it, all others stand alone.
 */
export class CommentReader {
  readonly #cursor: Cursor
  readonly #groups: Group[] = []
  readonly #taken = new Set<Group>()
  /** The line on which the last token began. */
  #line = 0
  #lead: Group | undefined
  #trail: Group | undefined

  constructor(cursor: Cursor) {
    this.#cursor = cursor
  }

  /** Goes past blanks and comments, to the next token. */
  pass(): void {
    const [trailing, others] = this.#between()
    const cursor = this.#cursor
    const line = cursor.here().line
    const last = others.at(-1)
    if (trailing && (others[0]?.comments[0]?.line ?? line) !== endOf(trailing)) this.#trail = trailing
    if (last && endOf(last) + 1 === line && !['}', ']'].includes(cursor.peek())) this.#lead = last
  }

  /** Goes past a token of one line. */
  token(length: number): void {
    const { line } = this.#cursor.here()
    this.#cursor.skip(length)
    this.passed(line)
  }

  /** A token that began on `line` was read. */
  passed(line: number): void {
    this.#line = line
  }

  takeLead(): Group | undefined {
    const lead = this.#lead
    this.#lead = undefined
    return this.#take(lead)
  }

  takeTrail(): Group | undefined {
    const trail = this.#trail
    this.#trail = undefined
    return this.#take(trail)
  }

  /** What was taken has another place after all: it stands alone. */
  giveBack(group: Group | undefined): void {
    if (group) this.#taken.delete(group)
  }

  /** The groups that nothing took. */
  loose(): Group[] {
    return this.#groups.filter((group) => !this.#taken.has(group))
  }

  all(): Comment[] {
    return this.#groups.flatMap(({ comments }) => comments)
  }

  #take(group: Group | undefined): Group | undefined {
    if (group) this.#taken.add(group)
    return group
  }

  /** The group behind the last token on its line, and the groups on the lines after it. */
  #between(): [trailing: Group | undefined, others: Group[]] {
    let trailing: Comment[] | undefined
    const others: Comment[][] = []
    for (let comment = this.#comment(); comment; comment = this.#comment()) {
      const group: Comment[] | undefined = others.at(-1) ?? trailing
      const end = group?.at(-1)?.endLine
      if (!group && comment.line === this.#line) trailing = [comment]
      else if (group && end !== undefined && comment.line <= end + (others.length > 0 ? 1 : 0)) group.push(comment)
      else others.push([comment])
    }
    const made = [...(trailing ? [trailing] : []), ...others].map((comments): Group => ({ comments }))
    this.#groups.push(...made)
    return trailing ? [made[0], made.slice(1)] : [undefined, made]
  }

  #comment(): Comment | undefined {
    const cursor = this.#cursor
    cursor.take(blank)
    const [{ line }, { offset }] = [cursor.here(), cursor]
    const closed = cursor.startsWith('/*')
    if (!closed && cursor.peek() !== '#' && !cursor.startsWith('//')) return undefined
    const end = closed ? cursor.text.indexOf('*/', offset + 2) + 2 : cursor.text.indexOf('\n', offset)
    cursor.moveTo(end < (closed ? 2 : 0) ? cursor.text.length : end)
    const text = cursor.text.slice(offset, cursor.offset).replace(/\r(?=\n|$)/g, '')
    return { text, offset, line, endLine: cursor.here().line }
  }
}

const endOf = ({ comments }: Group): number => comments.at(-1)?.endLine ?? 0
