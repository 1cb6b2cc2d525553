import { type Cursor } from './cursor.js'

/**
 * `<<END`, lines, `END` alone on its line. The last line keeps its newline. With `<<-END` the closing mark may be
 * indented, and when every line is indented at least as far, that indentation is taken off each.
 */
export function parseHeredoc(cursor: Cursor): string {
  const at = cursor.here()
  const indented = cursor.startsWith('<<-')
  cursor.skip(indented ? 3 : 2)
  const mark = cursor.take(/[\p{L}\p{N}_]+/uy)
  if (mark === undefined) throw cursor.fail('expected a name after "<<"')
  if (cursor.take(/\r?\n/y) === undefined) throw cursor.fail(`expected a new line after "<<"`)

  const lines: string[] = []
  for (let start = cursor.offset; start <= cursor.text.length; ) {
    const newline = cursor.text.indexOf('\n', start)
    const end = newline === -1 ? cursor.text.length : newline
    const line = cursor.text.slice(start, end)
    if ((indented ? line.trim() : line.trimEnd()) === mark) {
      cursor.moveTo(end)
      return body(lines, indented ? line.slice(0, line.indexOf(mark)) : '')
    }
    lines.push(line)
    start = end + 1
  }
  throw cursor.fail('the heredoc is not closed', at)
}

function body(lines: readonly string[], indentation: string): string {
  const cut = lines.every((line) => line.startsWith(indentation)) ? indentation.length : 0
  return lines.map((line) => `${line.slice(cut)}\n`).join('')
}
