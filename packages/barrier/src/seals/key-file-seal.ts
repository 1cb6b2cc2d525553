import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { aeadKeyLength, randomBytes, type Random, secretBytes, zero } from '@chatelaine/crypto'
import { BarrierError } from '../errors.js'
import { keySeal } from './key-seal.js'
import type { Seal } from './seal.js'

const type = 'keyfile'
const ownerOnly = 0o600
const othersMay = 0o077
const longestFile = 4096

/**
 * Unseals by a key in a file: for one machine, where whoever may read the server's files may open the Vault. Keep the
 * file off the disk (and out of the backup) that holds the storage, or the lock and its key are stolen together.
 *
 * The file is 32 bytes in base64. It is made at the first `wrap`, if there is none, and never overwritten: it may be
 * the only thing that still opens the storage. The text it is read from is a string, which cannot be zeroed.
 */
export function keyFileSeal(path: string, random: Random = randomBytes): Seal {
  const withKey = async (use: (seal: Seal) => Promise<Uint8Array>) => {
    const key = await readKey(path)
    try {
      return await use(keySeal(key, { type, random }))
    } finally {
      zero(key)
    }
  }
  return {
    type,
    async wrap(rootKey) {
      await createKey(path, random)
      return withKey((seal) => seal.wrap(rootKey))
    },
    unwrap: (blob) => withKey((seal) => seal.unwrap(blob)),
  }
}

/** Makes the file unless it is there. Synced before use: what it wraps may be durable before its page cache is. */
async function createKey(path: string, random: Random): Promise<void> {
  const { O_CREAT, O_EXCL, O_WRONLY } = constants
  const file = await open(path, O_CREAT | O_EXCL | O_WRONLY, ownerOnly).catch(unless('EEXIST'))
  if (!file) return
  const key = random(aeadKeyLength)
  try {
    await file.writeFile(`${Buffer.from(key).toString('base64')}\n`)
    await file.sync()
  } finally {
    zero(key)
    await file.close()
  }
}

async function readKey(path: string): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY).catch(unless('ENOENT'))
  if (!file) throw BarrierError.keyFileMissing({ path })
  try {
    return await keyIn(file, path)
  } finally {
    await file.close()
  }
}

async function keyIn(file: FileHandle, path: string): Promise<Uint8Array> {
  // Asked of the open file, not of its path: between two looks at a path there may be another file.
  const { mode, size } = await file.stat()
  if (mode & othersMay) throw BarrierError.keyFileExposed({ path, mode })
  if (size > longestFile) throw BarrierError.keyFileMalformed({ path })
  const text = (await file.readFile('latin1')).trim()
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text)) throw BarrierError.keyFileMalformed({ path })
  // Decoded in memory of its own, where it can be zeroed: `Buffer.from` would leave a copy in the pool it shares.
  const key = secretBytes(aeadKeyLength)
  Buffer.from(key.buffer).write(text, 'base64')
  return key
}

const unless = (code: string) => (error: NodeJS.ErrnoException) => {
  if (error.code !== code) throw error
  return undefined
}
