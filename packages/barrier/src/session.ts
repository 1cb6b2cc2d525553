import { noncePool, type Random, zero } from '@chatelaine/crypto'
import type { Entry, Sliced } from '@chatelaine/sdk'
import { BarrierError } from './errors.js'
import { continues, type Keyring, type Term, zeroKeyring } from './keyring.js'
import { openKeyring, sealKeyring } from './keyring-record.js'
import { openRecord, openRecordInPieces, sealRecord, sealRecordInPieces, termOf } from './record.js'
import { reserved } from './reserved.js'

/**
 * The keys, from one opening of the barrier to its closing. Everything that touches a key is here and is synchronous:
 * between asking for a key and using it nothing else runs, so no key is zeroed under a cipher's hands.
 */
export class Session {
  readonly #rootKey: Uint8Array
  readonly #nonce: () => Uint8Array
  #keyring: Keyring
  #revision: bigint
  #left = 0
  #used = 0
  #closed = false

  /** Takes `rootKey` over if it opens the keyring in `entry`, and zeroes it when it closes. */
  constructor(rootKey: Uint8Array, entry: Entry, random: Random) {
    this.#keyring = openKeyring(entry.value, rootKey)
    this.#rootKey = rootKey
    this.#nonce = noncePool(random)
    this.#revision = entry.revision
  }

  get closed() {
    return this.#closed
  }

  get keyring(): Keyring {
    if (this.#closed) throw BarrierError.sealed()
    return this.#keyring
  }

  /** The revision of the keyring in use. */
  get revision() {
    return this.#revision
  }

  /** Encryptions this process may still make under the active term before it must reserve more. */
  get left() {
    return this.#left
  }

  /** Encryptions that this process has made since it opened the barrier. */
  get used() {
    return this.#used
  }

  /** Uses up `count` of them; false, and none used, when there are fewer. */
  take(count: number): boolean {
    if (this.#left < count) return false
    this.#left -= count
    this.#used += count
    return true
  }

  grant(count: number): void {
    this.#left += count
  }

  /** The caller has taken one encryption for each call. */
  encrypt(name: string, plaintext: Uint8Array, term: Term = this.keyring.active): Uint8Array {
    return sealRecord(name, plaintext, { term: term.number, key: term.key, nonce: this.#nonce() })
  }

  /** `encrypt` for a large value: the key is used at once, the rest goes on in pieces, for as long as this is open. */
  encrypting(name: string, plaintext: Uint8Array): Sliced<Uint8Array> {
    const { number: term, key } = this.keyring.active
    return this.#whileOpen(sealRecordInPieces(name, plaintext, { term, key, nonce: this.#nonce() }))
  }

  decrypt(name: string, record: Uint8Array): Uint8Array {
    return openRecord(name, record, this.#keyFor(name, record))
  }

  /** `decrypt` for a large value, as `encrypting` is for `encrypt`. */
  decrypting(name: string, record: Uint8Array): Sliced<Uint8Array> {
    return this.#whileOpen(openRecordInPieces(name, record, this.#keyFor(name, record)))
  }

  #keyFor(name: string, record: Uint8Array): Uint8Array {
    const { terms } = this.keyring
    const term = termOf(record)
    if (term === undefined) throw BarrierError.tampered({ key: name })
    const found = terms.get(term)
    if (!found) throw BarrierError.unknownTerm({ key: name, term })
    return found.key
  }

  *#whileOpen<T>(work: Sliced<T>): Sliced<T> {
    for (let step = work.next(); ; step = work.next()) {
      if (this.#closed) throw BarrierError.sealed()
      if (step.done) return step.value
      yield
    }
  }

  /** Whether `record` says it was written under a term that this keyring lacks: another node may have rotated. */
  lacksTermOf(record: Uint8Array): boolean {
    const term = termOf(record)
    return term !== undefined && !this.keyring.terms.has(term)
  }

  sealKeyring(next: Keyring): Uint8Array {
    const { keyring } = this
    if (!continues(keyring, next)) throw new RangeError('a keyring never loses a key')
    return sealKeyring(next, this.#rootKey, this.#nonce())
  }

  /**
   * Takes over the stored keyring if it is newer than the one in use, and says whether it was. One that lost a term,
   * though it opens, is an old record played back: following it would make newer records unreadable.
   */
  adopt(entry: Entry | undefined): boolean {
    const { keyring } = this
    if (!entry) throw BarrierError.tampered({ key: reserved.keyring })
    if (entry.revision <= this.#revision) return false
    const next = openKeyring(entry.value, this.#rootKey)
    if (!continues(keyring, next)) {
      zeroKeyring(next)
      throw BarrierError.tampered({ key: reserved.keyring })
    }
    // What was reserved is reserved for one term: under the next it would go uncounted.
    if (next.active.number !== keyring.active.number) this.#left = 0
    this.#keyring = next
    this.#revision = entry.revision
    zeroKeyring(keyring)
    return true
  }

  close(): void {
    this.#closed = true
    this.#left = 0
    zero(this.#rootKey)
    zeroKeyring(this.#keyring)
  }
}
