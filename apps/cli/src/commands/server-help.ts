import type { Vault } from '@chatelaine/client'
import { CliError } from '../errors.js'
import { goText } from '../output/go-text.js'
import type { Printer } from '../output/printer.js'

/** Prints what the server itself says about a path. */
export async function showHelp(vault: Vault, path: string, print: Printer): Promise<void> {
  const { data } = await vault.request({ verb: 'read', path, input: { help: '1' } })
  if (!data) throw CliError.nothing({ sentence: `No help found for ${path}` })
  print.value(data, () => goText(data['help'] ?? '').trimEnd())
}
