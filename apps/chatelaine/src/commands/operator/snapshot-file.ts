import { resolve } from 'node:path'
import type { Io } from '@chatelaine/cli'
import type { Rereadable } from '@chatelaine/server'

/** The file of that name, or for "-" what is piped in. */
export async function snapshotFile(file: string, { stdin, cwd }: Io): Promise<Rereadable> {
  const { openFile, spooled } = await import('@chatelaine/server')
  if (file !== '-') return openFile(resolve(cwd, file))
  return spooled(bytesOf(stdin))
}

async function* bytesOf(source: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
}
