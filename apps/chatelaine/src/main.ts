import { basename } from 'node:path'
import { cli, type Io } from '@chatelaine/cli'
import { own } from './commands/index.js'

/** The program. Sets the exit code and returns; whoever still waits for something keeps the process alive. */
export async function main(argv: readonly string[]): Promise<void> {
  const { stdin, stdout, stderr, env } = process
  const io: Io = { stdin, stdout, stderr, env, cwd: process.cwd(), name: basename(process.argv[1] ?? 'chatelaine').replace(/\.mjs$/, '') }
  for (const stream of [stdout, stderr]) endQuietlyWithReader(stream)
  // A terminal that was closed fails every read; whoever asks a question is told by the end of its lines.
  stdin.on('error', () => undefined)
  process.exitCode = await cli(argv, io, own)
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
