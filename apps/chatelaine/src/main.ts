import { closeSync, fstatSync, openSync } from 'node:fs'
import { basename } from 'node:path'
import { isatty } from 'node:tty'
import { cli, type Io } from '@chatelaine/cli'
import { own } from './commands/index.js'

/** The program. Sets the exit code and returns; whoever still waits for something keeps the process alive. */
export async function main(argv: readonly string[]): Promise<void> {
  const { stdin, stdout, stderr, env } = process
  const io: Io = { stdin, stdout, stderr, env, cwd: process.cwd(), name: basename(process.argv[1] ?? 'chatelaine').replace(/\.mjs$/, '') }
  for (const stream of [stdout, stderr]) endQuietlyWithReader(stream)
  // A terminal that was closed fails every read; whoever asks a question is told by the end of its lines.
  stdin.on('error', () => undefined)
  process.on('exit', leaveGoneTerminal)
  process.exitCode = await cli(argv, io, own)
}

/**
 * At its end Node puts the terminal back as it found it, and aborts where that is gone. So whatever is a device and no terminal any more
 * is let go of first; that it may have been /dev/null all the time does no harm.
 */
function leaveGoneTerminal(): void {
  for (const fd of [0, 1, 2]) {
    try {
      if (isatty(fd) || !fstatSync(fd).isCharacterDevice()) continue
      closeSync(fd)
      // The lowest number that is free is the one just closed.
      openSync('/dev/null', 'r+')
    } catch {
      // It was closed before, or there is no such device on this system, and nothing to put back either.
    }
  }
}

const gone = ['EPIPE', 'EIO', 'ENXIO', 'ERR_STREAM_DESTROYED']

/**
 * `chatelaine … | head` is no error, nor is a terminal that was closed: when nobody reads any more there is nothing left to say. What
 * waits for a signal to end goes on without a voice, and ends as it always does.
 */
function endQuietlyWithReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!gone.includes(error.code ?? '')) throw error
    if (process.listenerCount('SIGTERM') === 0) process.exit(0)
  })
}
