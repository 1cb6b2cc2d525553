import { logLevels, type LogLevel } from './config.js'

const aliases: Readonly<Record<string, LogLevel>> = { notice: 'info', warning: 'warn', err: 'error' }

/** A level in any case, or by one of the other names that Vault takes; undefined where it is none. */
export function logLevelOf(word: string): LogLevel | undefined {
  const name = word.trim().toLowerCase()
  return logLevels.find((level) => level === name) ?? (Object.hasOwn(aliases, name) ? aliases[name] : undefined)
}

/** For an error about a word that is none of them. */
export const knownLevels = logLevels.join(', ')
