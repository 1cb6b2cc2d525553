import type { Entry } from '@chatelaine/sdk'
import type { Session } from './session.js'

/**
 * An entry that is decrypted at the first look and remembers the plaintext, for as long as the session that read it
 * is open. A look after that fails, and drops what was remembered.
 */
export class SealedEntry implements Entry {
  /** The key that was asked for. What storage says it found is not to be trusted: it might name another's record. */
  readonly key: string
  readonly #below: Entry
  readonly #session: Session
  #plaintext: Uint8Array | undefined

  /** `plaintext`, where it was opened already: large values are, in pieces. */
  constructor(key: string, below: Entry, session: Session, plaintext?: Uint8Array) {
    this.key = key
    this.#below = below
    this.#session = session
    this.#plaintext = plaintext
  }

  get revision() {
    return this.#below.revision
  }

  get value(): Uint8Array {
    if (this.#session.closed) this.#plaintext = undefined
    return (this.#plaintext ??= this.#session.decrypt(this.key, this.#below.value))
  }
}
