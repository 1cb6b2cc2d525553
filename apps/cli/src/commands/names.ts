import type { Answer } from '@chatelaine/client'
import { CliError } from '../errors.js'
import { goText } from '../output/go-text.js'
import type { Printer } from '../output/printer.js'
import { table } from '../output/table.js'

/** Prints what a list found: a column of names, or an array where a program reads it. Nothing is exit code 2, as in Vault. */
export function showNames(answer: Answer, path: string, print: Printer): number {
  if (answer.wrapInfo) {
    print.secret(answer)
    return 0
  }
  const keys = answer.data?.['keys']
  if (!Array.isArray(keys) || keys.length === 0) {
    if (print.format === 'table') throw CliError.nothingThere({ path })
    print.line('{}')
    return 2
  }
  print.value(keys, () => table([['Keys'], ...keys.map((key) => [goText(key)])]))
  return 0
}
