import { closeSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { pino, type Logger } from 'pino'
import { VaultError } from '@chatelaine/sdk'
import type { Config } from './config/config.js'
import { reasonOf } from './config/files.js'
import { ServerError } from './errors.js'
import { standardLine } from './log-line.js'
import { openOwn } from './own-file.js'

export type { Logger }

/** A log that knows its file. */
export interface ServerLog extends Logger {
  /** Goes on in a file of the same name, after log rotation moved the old one away. */
  reopen(): void
}

/**
 * The server's own log: what it did, never what it was asked to keep. Errors are written by name and place; a message
 * only where it stands in a catalogue, because the text of a bug may carry whatever the code had in its hands.
 */
export function openLog({ logLevel, logFile, logFormat }: Pick<Config, 'logLevel' | 'logFile'> & Partial<Config>): ServerLog {
  const destination = openDestination(logFile)
  const lines = logFormat === 'json' ? destination : { write: (line: string) => void destination.write(standardLine(line)) }
  const log = pino(
    {
      level: logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: describeError, err: describeError },
    },
    lines,
  )
  const reopen = () => {
    if (logFile === undefined) return
    // Tried first: a destination that failed to reopen would close its old descriptor twice when it next succeeds.
    opening(logFile, () => tryOwn(logFile))
    destination.reopen()
  }
  return Object.assign(log, { reopen })
}

const ownerOnly = 0o600

/** Written to at once: a server that is killed has said what it did last. A full disk costs lines, not the server. */
function openDestination(logFile: string | undefined) {
  const options = { dest: logFile ?? 2, sync: true, mkdir: true, mode: ownerOnly }
  return opening(logFile ?? 'stderr', () => {
    if (logFile !== undefined) tryOwn(logFile)
    return pino.destination(options)
  }).on('error', () => undefined)
}

/** No link, and nothing but a file: whoever could put something else there would choose what is written to. */
function tryOwn(file: string): void {
  mkdirSync(dirname(file), { recursive: true })
  closeSync(openOwn({ what: 'log', file }, ownerOnly))
}

function opening<T>(file: string, open: () => T): T {
  try {
    return open()
  } catch (cause) {
    if (cause instanceof VaultError) throw cause
    throw ServerError.unwritable({ what: 'log', file, reason: reasonOf(cause) }, { cause })
  }
}

function describeError(error: unknown): unknown {
  if (error instanceof VaultError) return { code: error.code, text: error.message }
  if (!(error instanceof Error)) return { name: typeof error }
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  return { name: error.name, ...code, places: placesOf(error) }
}

/** The stack without the message it begins with, whose own lines may look like places. None where the two cannot be told apart. */
function placesOf({ stack = '', message }: Error): string[] {
  const at = stack.indexOf(message)
  if (at < 0) return []
  const lines = stack.slice(at + message.length).split('\n').map((line) => line.trim())
  return lines.filter((line) => line.startsWith('at ')).slice(0, 8)
}
