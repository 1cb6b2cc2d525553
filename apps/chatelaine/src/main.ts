import { basename } from 'node:path'
import { cli, type Io } from '@chatelaine/cli'
import { own } from './commands/index.js'

/** The program. Sets the exit code and returns; whoever still waits for something keeps the process alive. */
export async function main(argv: readonly string[]): Promise<void> {
  const { stdin, stdout, stderr, env } = process
  const io: Io = { stdin, stdout, stderr, env, cwd: process.cwd(), name: basename(process.argv[1] ?? 'chatelaine').replace(/\.mjs$/, '') }
  endQuietlyWithReader(stdout)
  process.exitCode = await cli(argv, io, own)
}

/** `chatelaine … | head` is no error: when nobody reads any more there is nothing left to say. */
function endQuietlyWithReader(stdout: NodeJS.WriteStream): void {
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
}
