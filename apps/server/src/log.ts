import { pino, type Logger } from 'pino'
import { VaultError } from '@chatelaine/sdk'
import type { Config } from './config/config.js'

export type { Logger }

/**
 * The server's own log: what it did, never what it was asked to keep. Errors are written by name and place; a message
 * only where it stands in a catalogue, because the text of a bug may carry whatever the code had in its hands.
 */
export function openLog({ logLevel, logFile }: Pick<Config, 'logLevel' | 'logFile'>): Logger {
  const destination = pino.destination({ dest: logFile ?? 2, sync: true, mkdir: true })
  return pino(
    {
      level: logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: describeError, err: describeError },
    },
    destination,
  )
}

function describeError(error: unknown): unknown {
  if (error instanceof VaultError) return { code: error.code, text: error.message }
  if (!(error instanceof Error)) return { name: typeof error }
  const places = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)).map((line) => line.trim())
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  return { name: error.name, ...code, places: places.slice(0, 8) }
}
