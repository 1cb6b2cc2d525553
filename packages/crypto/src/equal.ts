import { createHash, timingSafeEqual } from 'node:crypto'

const encoder = new TextEncoder()

/**
 * Whether two secrets are the same, in a time that does not depend on where they differ.
 *
 * `timingSafeEqual` wants equal lengths, and answering early for unequal ones would tell an attacker the length. So
 * digests are compared instead: always 32 bytes, and equal only for equal input (SHA-256 is collision resistant).
 * Hashing takes time in steps of 64 bytes of the secret, so what may still show is its length to the nearest block.
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return timingSafeEqual(digest(a), digest(b))
}

/** `equalBytes` over UTF-8. Spellings that differ in Unicode normalisation are different secrets. */
export function equalStrings(a: string, b: string): boolean {
  return equalBytes(encoder.encode(a), encoder.encode(b))
}

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()
