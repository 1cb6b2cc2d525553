import { Cursor, defaultLimits, type Limits } from '../cursor.js'
import { HclError } from '../errors.js'
import { parse } from '../parse.js'
import { toPlain } from '../plain.js'
import { Layout } from './layout.js'
import { readTree } from './read-tree.js'

/**
 * Lays HCL out from its syntax tree, as hclfmt does: one empty line between blocks, two spaces a level, equals signs and comments in
 * columns. The meaning and every comment stay; where a layout would not keep them, the text is refused rather than changed.
 */
export function format(text: string, limits: Limits = defaultLimits): string {
  const source = text.replace(/^\uFEFF/, '').replace(/\r\n/g, '\n')
  if (/^\s*\{/.test(source)) throw new HclError('this is JSON, and only HCL is laid out', { line: 1, column: 1 })
  const before = parse(source, limits)
  const tree = readTree(new Cursor(source, limits))
  const lines = new Layout(tree).document(tree.items)
  const formatted = `${lines.map(({ text: one }) => one).join('\n')}\n`
  const after = readTree(new Cursor(formatted, limits))
  if (JSON.stringify(toPlain(parse(formatted, limits))) !== JSON.stringify(toPlain(before))) throw new HclError('the layout would change its meaning', before.at)
  const missing = missingFrom(texts(after), tree.comments)
  if (missing) throw new HclError('a comment stands where the layout has no place for it', { line: missing.line, column: 1 })
  return formatted
}

const texts = ({ comments }: ReturnType<typeof readTree>): string[] => comments.map(({ text }) => text)

function missingFrom<C extends { readonly text: string }>(kept: readonly string[], comments: readonly C[]): C | undefined {
  const left = [...kept]
  return comments.find(({ text }) => {
    const at = left.indexOf(text)
    if (at < 0) return true
    left.splice(at, 1)
    return false
  })
}
