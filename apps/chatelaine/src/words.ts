import { failureOf, type Settings } from '@chatelaine/cli'
import { isRefusal } from '@chatelaine/client'
import { VaultError } from '@chatelaine/sdk'
import { explained, isSystemError } from '@chatelaine/telega'

/**
 * What may be said of a failure: a sentence from a catalogue, or the system's reason with a path or an address, or only its kind. The
 * text of a bug may hold a secret. With `settings`, what the Vault answers is followed by what to do about it.
 */
export function wordsFor(error: unknown, settings?: Settings): string {
  const told = isSystemError(error) ? explained(error) : error
  if (!(told instanceof VaultError)) return `A failure of kind ${told instanceof Error ? told.name : typeof told}, which is a fault of this program; please report it.`
  if (!settings || !(isRefusal(told) || told.code.startsWith('client.'))) return `${told.code}: ${told.message}`
  return `The Vault at ${settings.address} could not do what was asked. ${failureOf(told, { settings, anonymous: false }).text.replace(/\s*\n+\s*/g, ' ')}`
}
