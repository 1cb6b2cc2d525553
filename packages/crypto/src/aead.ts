import { createCipheriv, createDecipheriv, type DecipherGCM } from 'node:crypto'
import { CryptoError } from './errors.js'
import { secretBytes, zero } from './zero.js'

/** AES-256-GCM (NIST SP 800-38D) with the full 16-byte tag and nothing else: no shorter tag, no other nonce length. */
const algorithm = 'aes-256-gcm'
export const aeadKeyLength = 32
export const aeadNonceLength = 12
export const aeadTagLength = 16

// Without this Node accepts tags down to 4 bytes when opening, which an attacker could guess.
const exactTag = { authTagLength: aeadTagLength }

/** The two inputs every call needs. Under one key, one nonce may seal one message in the life of the key. */
export interface AeadKey {
  readonly key: Uint8Array
  readonly nonce: Uint8Array
}

/** Writes ciphertext and tag into `target` at `offset`, and returns where they end: `plaintext.length + 16` further. */
export function sealInto(
  target: { readonly bytes: Uint8Array; readonly offset: number },
  at: AeadKey,
  plaintext: Uint8Array,
  associated: Uint8Array,
): number {
  check(at)
  const cipher = createCipheriv(algorithm, at.key, at.nonce, exactTag).setAAD(associated)
  target.bytes.set(cipher.update(plaintext), target.offset)
  cipher.final()
  const tagAt = target.offset + plaintext.length
  target.bytes.set(cipher.getAuthTag(), tagAt)
  return tagAt + aeadTagLength
}

/** So much is sealed or opened between two yields. */
const pieceLength = 262_144

/**
 * `sealInto` in pieces, between which others may work. The key is used before this returns and never again: OpenSSL has its own
 * copy, so that the caller may zero it while the pieces go on.
 */
export function sealIntoInPieces(
  target: { readonly bytes: Uint8Array; readonly offset: number },
  at: AeadKey,
  plaintext: Uint8Array,
  associated: Uint8Array,
): Generator<void, number> {
  check(at)
  const cipher = createCipheriv(algorithm, at.key, at.nonce, exactTag).setAAD(associated)
  return (function* () {
    for (let i = 0; i < plaintext.length; i += pieceLength) {
      target.bytes.set(cipher.update(plaintext.subarray(i, i + pieceLength)), target.offset + i)
      yield
    }
    cipher.final()
    const tagAt = target.offset + plaintext.length
    target.bytes.set(cipher.getAuthTag(), tagAt)
    return tagAt + aeadTagLength
  })()
}

/** `open` in pieces. As with `sealIntoInPieces` the key is not used after this has returned. */
export function openInPieces(at: AeadKey, sealed: Uint8Array, associated: Uint8Array): Generator<void, Uint8Array> {
  check(at)
  const tagAt = sealed.length - aeadTagLength
  if (tagAt < 0) throw new CryptoError('unauthentic')
  const cipher = createDecipheriv(algorithm, at.key, at.nonce, exactTag)
  cipher.setAAD(associated).setAuthTag(sealed.subarray(tagAt))
  return (function* () {
    const plaintext = new Uint8Array(tagAt)
    for (let i = 0; i < tagAt; i += pieceLength) {
      plaintext.set(cipher.update(sealed.subarray(i, Math.min(i + pieceLength, tagAt))), i)
      yield
    }
    finish(cipher, plaintext)
    return plaintext
  })()
}

/** Ciphertext, then the 16-byte tag. `associated` is bound to them but not contained. */
export function seal(at: AeadKey, plaintext: Uint8Array, associated: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(plaintext.length + aeadTagLength)
  sealInto({ bytes, offset: 0 }, at, plaintext, associated)
  return bytes
}

/** Undoes `seal`, or throws `unauthentic`: for a wrong key, nonce or `associated`, for any changed or missing byte. */
export function open(at: AeadKey, sealed: Uint8Array, associated: Uint8Array): Uint8Array {
  return opened(at, sealed, associated, (cipher, body) => {
    const { buffer, byteOffset, length } = cipher.update(body)
    return new Uint8Array(buffer, byteOffset, length)
  })
}

/**
 * `open` for what holds keys. Node deciphers into a buffer that is a byte too long, copies it, and gives the first one back to
 * the allocator as it is. Of eight bytes, the allocator's own links are written over all that was there, and no piece of a key
 * that is longer than that ever lies where `zero` does not reach. The result is memory as of `secretBytes`.
 */
export function openSecret(at: AeadKey, sealed: Uint8Array, associated: Uint8Array): Uint8Array<ArrayBuffer> {
  return opened(at, sealed, associated, (cipher, body) => {
    const plaintext = secretBytes(body.length)
    for (let i = 0; i < body.length; i += secretPiece) {
      const piece = cipher.update(body.subarray(i, i + secretPiece))
      plaintext.set(piece, i)
      zero(piece)
    }
    return plaintext
  })
}

const secretPiece = 8

function opened<T extends Uint8Array>(at: AeadKey, sealed: Uint8Array, associated: Uint8Array, decipher: (cipher: DecipherGCM, body: Uint8Array) => T): T {
  check(at)
  const tagAt = sealed.length - aeadTagLength
  if (tagAt < 0) throw new CryptoError('unauthentic')
  const cipher = createDecipheriv(algorithm, at.key, at.nonce, exactTag)
  cipher.setAAD(associated).setAuthTag(sealed.subarray(tagAt))
  // GCM is a stream: all plaintext is here before the tag was compared, so it must not leave before `final` agrees.
  const plaintext = decipher(cipher, sealed.subarray(0, tagAt))
  finish(cipher, plaintext)
  return plaintext
}

function finish(cipher: DecipherGCM, plaintext: Uint8Array): void {
  try {
    cipher.final()
  } catch (cause) {
    zero(plaintext)
    throw new CryptoError('unauthentic', { cause })
  }
}

function check({ key, nonce }: AeadKey): void {
  if (key.length !== aeadKeyLength) throw new CryptoError('keyLength')
  if (nonce.length !== aeadNonceLength) throw new CryptoError('nonceLength')
}
