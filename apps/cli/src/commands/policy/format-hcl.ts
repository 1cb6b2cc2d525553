import { CliError } from '../../errors.js'

/**
 * Lays out HCL by lines: two spaces for each open bracket, one around `=`, no trailing space, at most one empty line. Strings,
 * comments and heredocs keep every character, so that the meaning cannot change. Throws where brackets do not match.
 */
export function formatHcl(source: string): string {
  const out: string[] = []
  let depth = 0
  let heredoc: string | undefined
  for (const raw of source.replace(/\r\n/g, '\n').split('\n')) {
    if (heredoc !== undefined) {
      out.push(raw)
      if (raw.trim() === heredoc) heredoc = undefined
      continue
    }
    const line = spaced(raw.trim())
    const { opened, closedFirst, change } = brackets(line)
    if (line !== '') out.push('  '.repeat(Math.max(0, depth - closedFirst)) + line)
    else if (out.at(-1) !== '' && out.length) out.push('')
    depth += change
    if (depth < 0) throw CliError.usage({ problem: `Failed to parse policy: a bracket too many: ${opened}` })
    heredoc = /<<-?(\w+)$/.exec(line)?.[1]
  }
  if (depth !== 0) throw CliError.usage({ problem: 'Failed to parse policy: a bracket is not closed' })
  return `${out.join('\n').trimEnd()}\n`
}

const token = /"(?:[^"\\]|\\.)*"|#.*$|\/\/.*$|\/\*.*?\*\/|\s*=\s*|[ \t]+|[{}[\]]|[^\s"#={}[\]/]+|\//g

const spaced = (line: string) =>
  (line.match(token) ?? []).map((piece) => (/^\s*=\s*$/.test(piece) ? ' = ' : /^[ \t]+$/.test(piece) ? ' ' : piece)).join('').trimEnd()

/** How a line moves the depth, and how many brackets it closes before opening any: those step back already on this line. */
function brackets(line: string): { opened: string; closedFirst: number; change: number } {
  let [change, lowest] = [0, 0]
  for (const piece of line.match(token) ?? []) {
    if (piece === '{' || piece === '[') change += 1
    if (piece === '}' || piece === ']') change -= 1
    lowest = Math.min(lowest, change)
  }
  return { opened: line, closedFirst: -lowest, change }
}
