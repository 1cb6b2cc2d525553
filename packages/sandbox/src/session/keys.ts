import { seconds, type Clock } from '../clock.js'
import type { AuthKey, KeyStore } from '../exchange/auth-key.js'
import { SaltBook } from './salts.js'

/** Who a key stands for. It survives every session and connection. */
export interface Authorization {
  layer: number
  userId?: number
}

/** An authorization key, its salts, and whom it stands for. */
export class KnownKey {
  readonly id: bigint
  readonly secret: Uint8Array
  readonly expiresAt: number | undefined
  readonly salts: SaltBook
  readonly dc: number | undefined
  /** Set once a temporary key is bound; until then it may do nothing but bind itself. */
  permanent: KnownKey | undefined
  readonly #own: Authorization

  constructor({ id, secret, firstSalt, expiresAt, dc }: AuthKey, now: number, layer: number) {
    this.id = id
    this.secret = secret
    this.expiresAt = expiresAt
    this.dc = dc
    this.salts = new SaltBook(firstSalt, now)
    this.#own = { layer }
  }

  get temporary(): boolean {
    return this.expiresAt !== undefined
  }

  get authorization(): Authorization {
    return this.permanent?.authorization ?? this.#own
  }
}

/** Every key the server knows. */
export class KeyRing implements KeyStore, Iterable<KnownKey> {
  readonly #keys = new Map<bigint, KnownKey>()
  readonly #clock: Clock
  readonly #layer: number

  constructor(clock: Clock, layer: number) {
    this.#clock = clock
    this.#layer = layer
  }

  holds(id: bigint): boolean {
    return this.#keys.has(id)
  }

  add(key: AuthKey): void {
    this.#keys.set(key.id, new KnownKey(key, seconds(this.#clock), this.#layer))
  }

  /** Undefined for a key that was never made, was destroyed, or has expired. */
  get(id: bigint): KnownKey | undefined {
    const key = this.#keys.get(id)
    if (key?.expiresAt !== undefined && key.expiresAt <= seconds(this.#clock)) this.remove(id)
    return this.#keys.get(id)
  }

  remove(id: bigint): boolean {
    this.#keys.get(id)?.secret.fill(0)
    return this.#keys.delete(id)
  }

  [Symbol.iterator](): Iterator<KnownKey> {
    return this.#keys.values()
  }
}
