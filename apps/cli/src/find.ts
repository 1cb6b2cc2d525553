import type { Command } from './command.js'
import { CliError } from './errors.js'

export interface Found {
  /** The command, or the group whose help was reached instead. */
  readonly command: Command | undefined
  readonly group: string
  readonly rest: readonly string[]
}

/** The command with the longest name that `argv` begins with. Flags may stand in front of it. */
export function findCommand(argv: readonly string[], all: readonly Command[]): Found {
  const start = argv.findIndex((word) => !word.startsWith('-'))
  const words = start < 0 ? [] : argv.slice(start)
  const flags = start < 0 ? argv : argv.slice(0, start)
  for (let taken = Math.min(3, words.length); taken > 0; taken--) {
    const name = words.slice(0, taken).join(' ')
    const command = all.find((one) => one.name === name)
    if (command) return { command, group: name, rest: [...flags, ...words.slice(taken)] }
    if (all.some((one) => one.name.startsWith(`${name} `))) return groupOr(name, words.slice(taken), flags, all)
  }
  if (words.length > 0) throw unknown(words[0] ?? '', all)
  return { command: undefined, group: '', rest: flags }
}

function groupOr(group: string, rest: readonly string[], flags: readonly string[], all: readonly Command[]): Found {
  const [word] = rest
  if (word !== undefined && !word.startsWith('-')) throw unknown(`${group} ${word}`, all)
  return { command: undefined, group, rest: [...flags, ...rest] }
}

function unknown(words: string, all: readonly Command[]) {
  const depth = words.split(' ').length
  const names = [...new Set(all.map(({ name }) => name.split(' ').slice(0, depth).join(' ')))]
  return CliError.unknownCommand({ words, near: names.filter((name) => distance(name, words) <= 2) })
}

/** How many letters must be typed, dropped or changed to make `a` of `b`. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
