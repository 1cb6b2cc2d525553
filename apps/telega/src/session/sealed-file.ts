import { existsSync, readFileSync, renameSync } from 'node:fs'
import { open as openFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { open, randomBytes, seal } from '@chatelaine/crypto'
import { TelegaError } from '../errors.js'
import { isSystemError, reasonOf } from '../system.js'
import type { SessionKey } from './key.js'
import { isKeySource, type KeySource } from './key-source.js'

interface Sealed {
  readonly chatelaine: 'telegram-session'
  readonly version: 1
  readonly key: KeySource
  readonly nonce: string
  readonly sealed: string
}

const headOf = (key: KeySource) => Buffer.from(JSON.stringify(['telegram-session', 1, key]))

/** Where the key of the session at `path` comes from; undefined when there is no session. */
export function keySourceOf(path: string): KeySource | undefined {
  return existsSync(path) ? readSealed(path).key : undefined
}

function readSealed(path: string): Sealed {
  try {
    const found = JSON.parse(readFileSync(path, 'utf8')) as Partial<Sealed> | null
    if (found?.chatelaine === 'telegram-session' && found.version === 1 && isKeySource(found.key)) return found as Sealed
  } catch (cause) {
    throw isSystemError(cause) ? TelegaError.unreadable({ file: path, reason: reasonOf(cause) }, { cause }) : TelegaError.badSession({ file: path }, { cause })
  }
  throw TelegaError.badSession({ file: path })
}

/** Strict, where Node's own decoder lets several texts mean the same bytes. */
function decode(text: unknown): Uint8Array {
  const bytes = Buffer.from(String(text), 'base64')
  if (bytes.toString('base64') !== text) throw new SyntaxError('not base64')
  return bytes
}

/**
 * A file that only its key opens: AES-256-GCM, a fresh random nonce at each save. Random nonces are sound here because a
 * session is saved some thousand times in its life, far below the 2^32 that 96 bits allow for.
 */
export class SealedFile {
  #path: string
  readonly #source: KeySource
  #key: Uint8Array | undefined

  /** Takes the key over: it is zeroed when the file is closed. */
  constructor(path: string, { source, key }: SessionKey) {
    this.#path = path
    this.#source = source
    this.#key = key
  }

  /** The plaintext. Throws `badSession` for any changed byte and for a wrong key. */
  read(): Uint8Array {
    const { nonce, sealed, key } = readSealed(this.#path)
    try {
      return open({ key: this.#open(), nonce: decode(nonce) }, decode(sealed), headOf(key))
    } catch (cause) {
      throw TelegaError.badSession({ file: this.#path }, { cause })
    }
  }

  /** Replaces the whole file at once: after a crash there is the old one or the new one. Zeroes `plaintext`. */
  async write(plaintext: Uint8Array): Promise<void> {
    const nonce = randomBytes(12)
    const sealed = seal({ key: this.#open(), nonce }, plaintext, headOf(this.#source))
    plaintext.fill(0)
    const content: Sealed = {
      chatelaine: 'telegram-session',
      version: 1,
      key: this.#source,
      nonce: Buffer.from(nonce).toString('base64'),
      sealed: Buffer.from(sealed).toString('base64'),
    }
    const draft = `${this.#path}.new`
    await named(this.#path, async () => {
      await writeThrough(draft, `${JSON.stringify(content)}\n`)
      await rename(draft, this.#path)
      await syncFolder(this.#path)
    })
  }

  /** Puts the file in the place of another, where it stays from now on. */
  async moveTo(path: string): Promise<void> {
    await named(path, async () => {
      renameSync(this.#path, path)
      this.#path = path
      await syncFolder(path)
    })
  }

  /** Forgets the key. What is written later is refused: sealed with zeros, it would be open to everybody. */
  close(): void {
    this.#key?.fill(0)
    this.#key = undefined
  }

  #open(): Uint8Array {
    if (!this.#key) throw TelegaError.sessionClosed()
    return this.#key
  }
}

/** What the system refuses is told with the file that was meant, not with that of a step on the way. */
async function named(file: string, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (cause) {
    throw isSystemError(cause) ? TelegaError.unwritable({ file, reason: reasonOf(cause) }, { cause }) : cause
  }
}

/** A draft that a crash left behind is removed first, so that the mode and the owner are ours. */
async function writeThrough(path: string, content: string): Promise<void> {
  await rm(path, { force: true })
  const file = await openFile(path, 'wx', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A rename is on disk when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await openFile(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
