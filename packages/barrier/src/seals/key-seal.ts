import { aeadNonceLength, CryptoError, openSecret, randomBytes, type Random, seal } from '@chatelaine/crypto'
import { BarrierError } from '../errors.js'
import type { Seal } from './seal.js'

/** Version 1, nonce 12, ciphertext 32, tag 16 (docs/format.md). */
const version = 1
const bodyAt = 1 + aeadNonceLength

export interface KeySealOptions {
  readonly type: string
  readonly random?: Random
}

/**
 * Wraps under 32 bytes held in memory: the key that unseal shares combine to, or one read from a file. The caller
 * keeps `key` and zeroes it. A wrapping is bound to `type`, so one made by shares is no use as one made by a file.
 *
 * The nonce is random and a key wraps once each time the root key changes: no count is needed.
 */
export function keySeal(key: Uint8Array, { type, random = randomBytes }: KeySealOptions): Seal {
  const context = new TextEncoder().encode(`chatelaine root key ${version} ${type}`)
  return {
    type,

    async wrap(rootKey) {
      const nonce = random(aeadNonceLength)
      return Uint8Array.from([version, ...nonce, ...seal({ key, nonce }, rootKey, context)])
    },

    async unwrap(blob) {
      if (blob[0] !== version) throw BarrierError.notUnwrapped({ type })
      try {
        return openSecret({ key, nonce: blob.subarray(1, bodyAt) }, blob.subarray(bodyAt), context)
      } catch (cause) {
        if (!CryptoError.is(cause)) throw cause
        throw BarrierError.notUnwrapped({ type }, { cause })
      }
    },
  }
}
