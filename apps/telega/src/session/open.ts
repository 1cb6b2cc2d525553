import { mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { lockFile } from '@chatelaine/lock'
import { TelegaError } from '../errors.js'
import { isSystemError, reasonOf } from '../system.js'
import { keyFrom, newKey, type Secrets, type SessionKey } from './key.js'
import { keySourceOf, SealedFile } from './sealed-file.js'
import { sealedSession, type SessionStorage } from './storage.js'

export interface SessionPlace {
  readonly path: string
  /** Begins a new session instead of opening the one that is there. */
  readonly fresh: boolean
  /** Told when a save in the background fails. */
  readonly failed: (error: unknown) => void
}

export interface OpenSession extends SessionStorage {
  /** Puts a fresh session in the place of the old one, which stays until somebody has logged in. */
  keep(): Promise<void>
  /** Saves, forgets the key, and lets another process have the session. May be called again. */
  close(): Promise<void>
}

/**
 * Opens the session at a path, or begins a fresh one in its place. It belongs to one process at a time: Telegram revokes a
 * session it sees used twice.
 */
export async function openSession({ path, fresh, failed }: SessionPlace, secrets: Secrets): Promise<OpenSession> {
  const release = lockedPlace(path)
  const draft = `${path}.draft`
  let file: SealedFile | undefined
  try {
    const opened = (file = new SealedFile(fresh ? draft : path, await sessionKey(path, fresh, secrets)))
    const session = sealedSession(opened, { fresh, failed })
    return {
      ...session,
      async keep() {
        await session.flush()
        if (fresh) await opened.moveTo(path)
      },
      close: once(async () => {
        try {
          await session.close()
        } finally {
          opened.close()
          if (fresh) rmSync(draft, { force: true })
          release()
        }
      }),
    }
  } catch (error) {
    file?.close()
    release()
    throw error
  }
}

function lockedPlace(path: string): () => void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    return lockFile(`${path}.lock`)
  } catch (cause) {
    if (!isSystemError(cause)) throw cause
    throw TelegaError.unwritable({ file: path, reason: reasonOf(cause) }, { cause })
  }
}

/**
 * The session at `path`, for whoever holds its lock already and is about to replace it: nothing of it is saved any more. Undefined when
 * there is none.
 */
export async function openFormer(path: string, secrets: Secrets): Promise<Pick<OpenSession, 'provider' | 'close'> | undefined> {
  const source = keySourceOf(path)
  if (!source) return undefined
  const file = new SealedFile(path, await keyFrom(source, secrets))
  try {
    const { provider, close } = sealedSession(file, { fresh: false, failed: () => undefined })
    // Closed at once for saving: by the time something changes, the file at `path` may be the new session.
    await close()
    return { provider, close: async () => file.close() }
  } catch (error) {
    file.close()
    throw error
  }
}

async function sessionKey(path: string, fresh: boolean, secrets: Secrets): Promise<SessionKey> {
  if (fresh) return newKey(secrets)
  const source = keySourceOf(path)
  if (!source) throw TelegaError.noSession({ file: path })
  return keyFrom(source, secrets)
}

/** A lock given back twice could be somebody else's by then. */
function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => (running ??= run())
}
