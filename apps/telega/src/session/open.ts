import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { lockFile } from '@chatelaine/lock'
import { TelegaError } from '../errors.js'
import { keyFrom, newSource, type Secrets } from './key.js'
import { keySourceOf, SealedFile } from './sealed-file.js'
import { sealedSession, type SessionStorage } from './storage.js'

export interface OpenSession extends SessionStorage {
  /** Puts a fresh session in the place of the old one, which stays until somebody has logged in. */
  keep(): Promise<void>
  /** Saves, forgets the key, and lets another process have the session. */
  close(): Promise<void>
}

/**
 * Opens the session at `path`, or begins a `fresh` one in its place. It belongs to one process at a time: Telegram revokes a
 * session it sees used twice.
 */
export async function openSession(path: string, secrets: Secrets, { fresh }: { readonly fresh: boolean }): Promise<OpenSession> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const release = lockFile(`${path}.lock`)
  try {
    const source = fresh ? await newSource(secrets) : keySourceOf(path)
    if (!source) throw TelegaError.noSession({ file: path })
    const draft = `${path}.draft`
    const file = new SealedFile(fresh ? draft : path, source, await keyFrom(source, secrets))
    const session = sealedSession(file, { fresh })
    return {
      ...session,
      async keep() {
        await session.flush()
        if (fresh) renameSync(draft, path)
      },
      async close() {
        await session.flush().finally(() => {
          file.close()
          if (fresh) rmSync(draft, { force: true })
          release()
        })
      },
    }
  } catch (error) {
    release()
    throw error
  }
}
