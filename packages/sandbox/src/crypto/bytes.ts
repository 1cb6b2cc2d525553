import { createHash, timingSafeEqual } from 'node:crypto'

export const sha1 = (...parts: readonly Uint8Array[]) => digest('sha1', parts)
export const sha256 = (...parts: readonly Uint8Array[]) => digest('sha256', parts)

function digest(algorithm: string, parts: readonly Uint8Array[]): Buffer {
  const hash = createHash(algorithm)
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** As long as the shorter of the two. */
export function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: Math.min(a.length, b.length) }, (_, i) => a[i]! ^ b[i]!)
}

/** Equal, in a time that tells nothing about where they differ. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
