import { empty, indented, joined, line, padding, textLines, between, width, type Line } from './lines.js'
import type { Block, Comment, Group, Item, List, Node, Place, Tree } from './tree.js'

/** Lays a tree out as hclfmt does, in lines. `last` is how far the printing has come: comments that stand alone wait for their turn. */
export class Layout {
  readonly #loose: readonly Group[]
  #last: Place = { offset: -1, line: 0 }

  constructor({ loose }: Tree) {
    this.#loose = loose
  }

  /** The items of a whole text: an empty line between any two, but between blocks without content that were on lines one after the other. */
  document(items: readonly Item[]): Line[] {
    const lines: Line[] = []
    items.forEach((item, at) => {
      for (const group of this.#before(item)) lines.push(...shown(group), empty)
      this.#last = item
      lines.push(...this.#item(item))
      const next = items[at + 1]
      if (next && (next.line !== item.line + 1 || !isBare(next) || !isBare(item))) lines.push(empty)
    })
    const rest = this.#before(undefined)
    rest.forEach((group, at) => lines.push(...(items.length > 0 ? (at > 0 ? [empty, empty] : [empty]) : []), ...shown(group)))
    return rest.length > 0 ? [...lines, empty] : lines
  }

  /** The groups that stand alone between what was printed last and `next`. */
  #before(next: Place | undefined): (readonly Comment[])[] {
    const ahead = (comment: Place) => comment.offset > this.#last.offset && (next === undefined || comment.offset < next.offset)
    return this.#loose.map(({ comments }) => comments.filter(ahead)).filter((comments) => comments.length > 0)
  }

  #item(item: Item): Line[] {
    const { keys, assigned, value, lead, trail } = item
    const behind = trail && value.line === item.line && !isHeredoc(value)
    const head = `${keys.join(' ')} ${assigned && keys.length === 1 ? '= ' : ''}`
    return [...shown(lead?.comments), ...(behind ? [] : shown(trail?.comments)), ...between(head, this.#node(value), behind ? ` ${inline(trail)}` : '')]
  }

  #node(node: Node): Line[] {
    if (node.kind === 'literal') return textLines(node.text)
    return node.kind === 'list' ? this.#list(node) : this.#block(node)
  }

  #block({ items, end }: Block): Line[] {
    const lines: Line[] = []
    let [at, commented] = [0, false]
    for (;;) {
      const next = items[at]
      const groups = this.#before(next ?? end)
      for (const group of groups) {
        lines.push(...(at > 0 ? [empty] : []), ...indented(shown(group)))
        commented ||= at > 0
        if (next && group.at(-1)?.line !== next.line - 1) lines.push(empty)
      }
      if (!next) break
      const run = alignedRun(items, at, (item) => this.#height(item) <= 2)
      if (!commented && at > 0) lines.push(empty)
      lines.push(...indented(run.length > 0 ? this.#aligned(run) : this.#item(this.#at(next))))
      at += Math.max(1, run.length)
    }
    this.#last = end
    return lines.length === 0 ? [line('{}')] : [line('{'), ...lines, line('}')]
  }

  #at(item: Item): Item {
    this.#last = item
    return item
  }

  /** How many lines an item takes; three stand for more. Known without printing it, so that depth costs nothing. */
  #height({ value, lead, trail, line: own }: Item): number {
    const above = shown(lead?.comments).length + (trail && value.line !== own ? shown(trail.comments).length : 0)
    if (value.kind === 'literal') return above + textLines(value.text).length
    if (value.kind === 'list') return above + (isShort(value) ? this.#shortList(value).length : 3)
    const inside = this.#loose.some(({ comments }) => comments.some(({ offset }) => offset > value.offset && offset < value.end.offset))
    return above + (value.items.length > 0 || inside ? 3 : 1)
  }

  /** Items of one line each, with their values and the comments behind them in columns. */
  #aligned(items: readonly Item[]): Line[] {
    const values = items.map((item) => this.#node(this.#at(item).value))
    const keyWidth = Math.max(...items.map(({ keys }) => width(keys[0] ?? '')))
    const valueWidth = Math.max(...values.map((value) => width(joined(value))))
    return items.flatMap(({ keys, lead, trail, value, line: own }, at) => {
      const printed = values[at] ?? []
      const assign = keys.length === 1 ? '= ' : ''
      const head = keys.map((key) => key + padding(Math.max(1, keyWidth - width(key) + 1))).join('') + assign
      const behind = trail && value.line === own
      const after = behind ? padding(valueWidth - width(joined(printed)) + 1) + inline(trail) : ''
      return [...shown(lead?.comments), ...(behind ? [] : shown(trail?.comments)), ...between(head, printed, after)]
    })
  }

  #list(list: List): Line[] {
    const { items } = list
    if (isShort(list)) return this.#shortList(list)
    const widest = Math.max(0, ...items.map((item) => (item.kind === 'literal' ? width(item.text) : 0)))
    const lines: Line[] = []
    let spaced = false
    items.forEach((item, at) => {
      const { lead, trail } = item.kind === 'literal' ? item : {}
      if (lead && !spaced && at > 0) lines.push(empty)
      const printed = this.#node(item)
      const behind = trail ? ` ${padding(widest - width(joined(printed)))}${inline(trail)}` : ''
      const closed = item.kind === 'literal' && item.heredoc ? [...printed, line(`,${behind}`)] : between('', printed, `,${behind}`)
      lines.push(...indented([...shown(lead?.comments), ...closed]))
      spaced = lead !== undefined && at !== items.length - 1
      if (spaced) lines.push(empty)
    })
    return [line('['), ...lines, line(']')]
  }

  /** On one line; a heredoc's closing mark has to end its own. */
  #shortList({ items }: List): Line[] {
    const [only] = items
    if (only?.kind === 'literal' && only.heredoc) return [...between('[', textLines(only.text)), { text: ']', fixed: true }]
    return textLines(`[${items.map((item) => joined(this.#node(item))).join(', ')}]`)
  }
}

const shown = (comments: readonly Comment[] = []): Line[] => comments.flatMap(({ text }) => textLines(text))
const inline = (group: Group): string => group.comments.map(({ text }) => text).join(' ')

/** Nothing may stand behind a heredoc's closing mark: a comment of it goes above. */
const isHeredoc = (node: Node): boolean => node.kind === 'literal' && node.heredoc

/** `name "label" {}`, with nothing above it. */
const isBare = ({ lead, assigned, value }: Item): boolean => !lead && !assigned && value.kind === 'block' && value.items.length === 0

/** Whether a list was on one line and can be: literals alone, without comments behind them. */
const isShort = ({ items, line: own }: List): boolean =>
  items.every((item) => item.line === own && item.kind === 'literal' && !item.trail && (!item.heredoc || items.length === 1))

/** The items from `at` on that stand on lines one after the other and take one line each, or two with a comment above. */
function alignedRun(items: readonly Item[], at: number, fits: (item: Item) => boolean): Item[] {
  const run: Item[] = []
  if (items.length === 1) return run
  for (let i = at; i < items.length; i++) {
    const item = items[i]
    if (!item || !fits(item)) break
    const touchesNext = items[i + 1]?.line === item.line + 1
    if (!touchesNext && items[i - 1]?.line !== item.line - 1) break
    run.push(item)
    if (!touchesNext) break
  }
  return run
}
