import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CliError } from '../errors.js'
import type { Trust } from './settings.js'

type Pem = string | Uint8Array

/** The PEM texts that a connection needs, read from where the settings say. A CA's file is stronger than a text, and that than a folder. */
export async function readTrust({ caFile, caText, caFolder, certFile, certText, keyFile, keyText, serverName, skipVerify }: Trust) {
  const [ca, cert, key] = await Promise.all([
    caFile === undefined && caText === undefined && caFolder !== undefined ? folderOf(caFolder) : either(caFile, caText),
    either(certFile, certText),
    either(keyFile, keyText),
  ])
  return { ca, cert, key, serverName, skipVerify }
}

const either = async (file: string | undefined, text: string | undefined): Promise<Pem | undefined> => (file === undefined ? text : pemOf(file))

/** All the files in a folder and in the folders under it. */
async function folderOf(path: string): Promise<string> {
  const files = await reading(path, async () => {
    const entries = await readdir(path, { recursive: true, withFileTypes: true })
    return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name)).sort()
  })
  const texts = await Promise.all(files.map(async (file) => String(await pemOf(file))))
  if (!texts.some((text) => text.includes('-----BEGIN CERTIFICATE-----'))) throw CliError.badTrust({ path, code: 'no PEM certificate in it' })
  return texts.join('\n')
}

const pemOf = (path: string): Promise<Buffer> => reading(path, () => readFile(path))

async function reading<V>(path: string, read: () => Promise<V>): Promise<V> {
  try {
    return await read()
  } catch (error) {
    throw CliError.badTrust({ path, code: (error as NodeJS.ErrnoException).code ?? 'unknown' }, { cause: error })
  }
}
