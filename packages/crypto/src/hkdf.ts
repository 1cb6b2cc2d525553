import { hkdfSync } from 'node:crypto'

/** What separates one derived key from the next: same secret, other `info`, unrelated key. */
export interface Derivation {
  readonly info: Uint8Array | string
  readonly salt?: Uint8Array
  readonly length?: number
}

/** HKDF-SHA256 (RFC 5869), 32 bytes unless told otherwise. For secrets that are already random, not for passwords. */
export function hkdf(secret: Uint8Array, { info, salt = new Uint8Array(0), length = 32 }: Derivation): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, salt, info, length))
}
