import { type AeadKey, aeadNonceLength, aeadTagLength, CryptoError, open, openInPieces, openSecret, sealInto, sealIntoInPieces } from '@chatelaine/crypto'
import type { Sliced } from '@chatelaine/sdk'
import { BarrierError } from './errors.js'

/**
 * One value as storage holds it (docs/format.md):
 *
 *     term      4  which key, big-endian; 0 is the root key, the keyring's terms count from 1
 *     version   1  of this layout
 *     nonce    12  random
 *     body      n  ciphertext, as long as the plaintext
 *     tag      16
 *
 * Associated data: the five header bytes as they stand, then the storage key in UTF-8. So nothing of a record can be
 * changed, and a record put under another key does not open. What this does not show is a record replaced by an
 * *earlier one of the same key*: whoever holds the storage can turn back time.
 */
export const recordVersion = 1
const termLength = 4
const headerLength = termLength + 1
const bodyAt = headerLength + aeadNonceLength

/** How much longer a record is than its plaintext. */
export const recordOverhead = bodyAt + aeadTagLength

/** The key of one term, and a nonce never used with it before. */
export interface SealedUnder {
  readonly term: number
  readonly key: Uint8Array
  readonly nonce: Uint8Array
}

export function sealRecord(name: string, plaintext: Uint8Array, under: SealedUnder): Uint8Array {
  const bytes = headed(plaintext, under)
  sealInto({ bytes, offset: bodyAt }, under, plaintext, associated(bytes, name))
  return bytes
}

/** `sealRecord` for a large value, in pieces. The key is not used any more once this has returned. */
export function sealRecordInPieces(name: string, plaintext: Uint8Array, under: SealedUnder): Sliced<Uint8Array> {
  const bytes = headed(plaintext, under)
  const sealing = sealIntoInPieces({ bytes, offset: bodyAt }, under, plaintext, associated(bytes, name))
  return (function* () {
    yield* sealing
    return bytes
  })()
}

function headed(plaintext: Uint8Array, { term, nonce }: SealedUnder): Uint8Array {
  const bytes = new Uint8Array(plaintext.length + recordOverhead)
  new DataView(bytes.buffer).setUint32(0, term)
  bytes[termLength] = recordVersion
  bytes.set(nonce, headerLength)
  return bytes
}

/** The term that `record` says it was written under, if it is one; not to be believed before it opened. */
export function termOf(record: Uint8Array): number | undefined {
  if (record.length < recordOverhead || record[termLength] !== recordVersion) return undefined
  return new DataView(record.buffer, record.byteOffset).getUint32(0)
}

/** Undoes `sealRecord`, once `termOf` told which key to try. Any bytes but those written under `name` are tampered. */
export function openRecord(name: string, record: Uint8Array, key: Uint8Array): Uint8Array {
  return opened(open, { name, record, key })
}

/** `openRecord` for a large value, in pieces. The key is not used any more once this has returned. */
export function openRecordInPieces(name: string, record: Uint8Array, key: Uint8Array): Sliced<Uint8Array> {
  const opening = opened(openInPieces, { name, record, key })
  return (function* () {
    try {
      return yield* opening
    } catch (cause) {
      throw tampered(name, cause)
    }
  })()
}

/** `openRecord` for what holds keys: memory as of `secretBytes`, and no copy of it anywhere else. */
export function openSecretRecord(name: string, record: Uint8Array, key: Uint8Array): Uint8Array<ArrayBuffer> {
  return opened(openSecret, { name, record, key })
}

function opened<T>(way: (at: AeadKey, sealed: Uint8Array, associated: Uint8Array) => T, { name, record, key }: Sealed): T {
  const nonce = record.subarray(headerLength, bodyAt)
  try {
    return way({ key, nonce }, record.subarray(bodyAt), associated(record, name))
  } catch (cause) {
    throw tampered(name, cause)
  }
}

const tampered = (key: string, cause: unknown) =>
  CryptoError.is(cause, 'unauthentic') ? BarrierError.tampered({ key }, { cause }) : cause

interface Sealed {
  readonly name: string
  readonly record: Uint8Array
  readonly key: Uint8Array
}

function associated(record: Uint8Array, name: string): Uint8Array {
  const bytes = Buffer.allocUnsafe(headerLength + Buffer.byteLength(name))
  bytes.set(record.subarray(0, headerLength))
  bytes.write(name, headerLength)
  return bytes
}
