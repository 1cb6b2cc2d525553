import { existsSync, readFileSync } from 'node:fs'
import { open as openFile, rename } from 'node:fs/promises'
import { open, randomBytes, seal } from '@chatelaine/crypto'
import { TelegaError } from '../errors.js'

/** Where the key of a sealed session comes from. It stands in clear in the file, and is bound to what is sealed. */
export type KeySource =
  | { readonly from: 'vault'; readonly path: string }
  | { readonly from: 'passphrase'; readonly salt: string; readonly cost: number }

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
    const found = JSON.parse(readFileSync(path, 'utf8')) as Sealed
    if (found.chatelaine === 'telegram-session' && found.version === 1) return found
  } catch (cause) {
    throw TelegaError.badSession({ file: path }, { cause })
  }
  throw TelegaError.badSession({ file: path })
}

/**
 * A file that only its key opens: AES-256-GCM, a fresh random nonce at each save. Random nonces are sound here because a
 * session is saved some thousand times in its life, far below the 2^32 that 96 bits allow for.
 */
export class SealedFile {
  readonly #path: string
  readonly #source: KeySource
  readonly #key: Uint8Array

  constructor(path: string, source: KeySource, key: Uint8Array) {
    this.#path = path
    this.#source = source
    this.#key = key
  }

  /** The plaintext. Throws `badSession` for any changed byte and for a wrong key. */
  read(): Uint8Array {
    const { nonce, sealed } = readSealed(this.#path)
    try {
      const at = { key: this.#key, nonce: Buffer.from(nonce, 'base64') }
      return open(at, Buffer.from(sealed, 'base64'), headOf(this.#source))
    } catch (cause) {
      throw TelegaError.badSession({ file: this.#path }, { cause })
    }
  }

  /** Replaces the whole file at once: after a crash there is the old one or the new one. */
  async write(plaintext: Uint8Array): Promise<void> {
    const nonce = randomBytes(12)
    const sealed = seal({ key: this.#key, nonce }, plaintext, headOf(this.#source))
    const content: Sealed = {
      chatelaine: 'telegram-session',
      version: 1,
      key: this.#source,
      nonce: Buffer.from(nonce).toString('base64'),
      sealed: Buffer.from(sealed).toString('base64'),
    }
    const draft = `${this.#path}.new`
    const file = await openFile(draft, 'w', 0o600)
    try {
      await file.writeFile(`${JSON.stringify(content)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, this.#path)
  }

  close(): void {
    this.#key.fill(0)
  }
}
