import { randomBytes as nodeRandomBytes, randomUUID } from 'node:crypto'
import { aeadNonceLength } from './aead.js'

/** Where randomness comes from. An argument wherever it is used, so that a test can hold it still. */
export type Random = (length: number) => Uint8Array

/** The operating system's generator. Each call has memory of its own, so a key made here can be zeroed alone. */
export const randomBytes: Random = (length) => {
  const bytes = nodeRandomBytes(length)
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

export const uuid = (): string => randomUUID()

const nonceBatch = 256

/**
 * Nonces from a batch of random bytes: some forty times cheaper than asking for 12 bytes at a time.
 *
 * Why none is handed out twice: the cursor only moves forward, each batch is fresh memory rather than refilled in
 * place (so a nonce still held by somebody cannot change under him), and a pool belongs to one isolate: threads and
 * child processes build their own. What cannot be excluded is a virtual machine resumed twice from one snapshot: it
 * may repeat the rest of a batch, which is why batches are small. Nonces are public; do not cut keys from this pool.
 */
export function noncePool(random: Random = randomBytes): () => Uint8Array {
  let batch = new Uint8Array(0)
  let next = 0
  return () => {
    if (next === batch.length) {
      batch = new Uint8Array(random(nonceBatch * aeadNonceLength))
      next = 0
    }
    return batch.subarray(next, (next += aeadNonceLength))
  }
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

// The largest multiple of 62 a byte can reach. Taking bytes above it modulo 62 would favour the first letters.
const fair = 256 - (256 % alphabet.length)

/** Letters and digits, each equally likely: 5.95 bits apiece, so 24 of them hold 142 bits. */
export function base62(length: number, random: Random = randomBytes): string {
  let text = ''
  while (text.length < length) {
    for (const byte of random(length - text.length + 8)) {
      if (byte < fair && text.length < length) text += alphabet.charAt(byte % alphabet.length)
    }
  }
  return text
}
