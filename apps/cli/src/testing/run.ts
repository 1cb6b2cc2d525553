import { Readable } from 'node:stream'
import { cli } from '../cli.js'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Around {
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  readonly cwd?: string
  /** Whether standard output is a terminal. */
  readonly terminal?: boolean
}

/** Runs one command line and collects what it prints. */
export async function run(argv: readonly string[], { env = {}, stdin = '', cwd = '/', terminal = false }: Around = {}): Promise<Ran> {
  let [out, err] = ['', '']
  const code = await cli(argv, {
    stdin: Readable.from(stdin === '' ? [] : [stdin]),
    stdout: { isTTY: terminal, write: (text) => (out += text) },
    stderr: { isTTY: terminal, write: (text) => (err += text) },
    env, cwd,
  })
  return { code, out, err }
}
