import { sha1 } from '../crypto/bytes.js'

/** The 2048 bits a client and the server share, and by which their messages name it. */
export interface AuthKey {
  readonly id: bigint
  readonly secret: Uint8Array
  readonly firstSalt: bigint
  /** Unix time after which a temporary key is unknown; a permanent key has none. */
  readonly expiresAt?: number
  /** The data center that the client took this server for; absent from old clients. */
  readonly dc?: number
}

/** Where finished keys go. */
export interface KeyStore {
  holds(id: bigint): boolean
  add(key: AuthKey): void
}

/** The low 64 bits of the key's SHA1 name it; the high 64 prove to the client that both made the same. */
export function keyHashes(secret: Uint8Array): { readonly id: bigint; readonly auxiliary: Buffer } {
  const hash = sha1(secret)
  return { id: hash.readBigUInt64LE(12), auxiliary: hash.subarray(0, 8) }
}
