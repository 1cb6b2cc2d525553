/**
 * Memory for `length` secret bytes that stays where it is. V8 keeps a typed array of up to 64 bytes inside its heap, and its
 * collector copies what lives there without wiping where it was, so that `zero` would reach the last copy only. An
 * ArrayBuffer that was asked for by name lies outside. `new Uint8Array(32)`, `slice` and `Buffer.from(text)` are no places for a key.
 */
export const secretBytes = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(new ArrayBuffer(length))

/** A copy in such memory. */
export function secretCopy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = secretBytes(bytes.length)
  copy.set(bytes)
  return copy
}

/**
 * Overwrites key bytes when they are done with. Best effort: the engine may have moved or copied a buffer before, and
 * strings made from it cannot be reached. It shortens how long a key lies in memory; it cannot promise that none does.
 */
export function zero(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0)
}
