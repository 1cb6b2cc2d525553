import { isRecord, type Answer, type Data } from '@chatelaine/client'
import { CliError } from '../errors.js'
import { envelopeOf } from '../output/envelope.js'
import { goText, humanDuration, looksLikeDuration } from '../output/go-text.js'
import type { Printer } from '../output/printer.js'
import { table } from '../output/table.js'

/**
 * Prints what a list found: a column of names, or an array where a program reads it. Nothing is exit code 2, as in Vault.
 * `detailed` adds what the server says of each name; a program then gets the whole answer.
 */
export function showNames(answer: Answer, path: string, print: Printer, detailed = false): number {
  if (answer.wrapInfo) return print.secret(answer), 0
  const keys = answer.data?.['keys']
  if (!Array.isArray(keys)) return nothing(answer, path, print)
  print.warnings(answer)
  const names = keys.map(goText).sort()
  const info = detailed ? infoOf(answer.data ?? {}, names) : {}
  const given = detailed && print.format === 'json' ? envelopeOf(answer) : keys
  if (names.length > 0 || print.format !== 'table') print.value(given, () => table(rowsOf(names, info)))
  return 0
}

function nothing(answer: Answer, path: string, print: Printer): number {
  print.warnings(answer)
  if (print.format === 'table') throw answer.data ? CliError.nothing({ sentence: `No entries found at ${path}` }) : CliError.nothingThere({ path })
  print.value({}, () => '')
  return 2
}

/** What the server says of each name, where it says anything. */
function infoOf({ key_info: info }: Data, names: readonly string[]): Readonly<Record<string, Data>> {
  if (!isRecord(info)) return {}
  return Object.fromEntries(names.flatMap((name) => (isRecord(info[name]) ? [[name, info[name]]] : [])))
}

function rowsOf(names: readonly string[], info: Readonly<Record<string, Data>>): string[][] {
  const heads = [...new Set(Object.values(info).flatMap((facts) => Object.keys(facts)))].sort()
  const cell = (name: string, head: string) => {
    const value = info[name]?.[head]
    return value === undefined ? '' : looksLikeDuration(head) ? humanDuration(value) : goText(value)
  }
  return [['Keys', ...heads], ...names.map((name) => [name, ...heads.map((head) => cell(name, head))])]
}
