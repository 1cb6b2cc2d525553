import { createCipheriv, createDecipheriv, type Cipher, type Decipher } from 'node:crypto'
import { Malformed } from '../errors.js'
import { sha1, sha256 } from './bytes.js'

const BLOCK = 16

/** A key and an IV of 32 bytes each: IGE chains on the last ciphertext block and the last plaintext block. */
export interface IgeKey {
  readonly key: Uint8Array
  readonly iv: Uint8Array
}

/** AES-256-IGE, `c[i] = E(m[i] ^ c[i-1]) ^ m[i-1]`. No padding: the caller brings whole blocks. */
export function igeEncrypt({ key, iv }: IgeKey, data: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false)
  return chain(cipher, data, iv.subarray(0, BLOCK), iv.subarray(BLOCK))
}

export function igeDecrypt({ key, iv }: IgeKey, data: Uint8Array): Buffer {
  const cipher = createDecipheriv('aes-256-ecb', key, null).setAutoPadding(false)
  return chain(cipher, data, iv.subarray(BLOCK), iv.subarray(0, BLOCK))
}

/** Both directions are one: each block is masked by the last output, ciphered, masked by the last input. */
function chain(cipher: Cipher | Decipher, data: Uint8Array, lastOut: Uint8Array, lastIn: Uint8Array): Buffer {
  if (data.length % BLOCK !== 0) throw new Malformed('IGE works on whole blocks')
  const out = Buffer.alloc(data.length)
  const block = Buffer.alloc(BLOCK)
  for (let at = 0; at < data.length; at += BLOCK) {
    for (let i = 0; i < BLOCK; i++) block[i] = data[at + i]! ^ lastOut[i]!
    const ciphered = cipher.update(block)
    for (let i = 0; i < BLOCK; i++) out[at + i] = ciphered[i]! ^ lastIn[i]!
    lastOut = out.subarray(at, at + BLOCK)
    lastIn = data.subarray(at, at + BLOCK)
  }
  return out
}

/** Which way a message travels; the two directions use different parts of the authorization key. */
export type Direction = 'fromClient' | 'fromServer'
const offset = (direction: Direction) => (direction === 'fromClient' ? 0 : 8)

/** https://core.telegram.org/mtproto/description#defining-aes-key-and-initialization-vector */
export function messageIge(secret: Uint8Array, messageKey: Uint8Array, direction: Direction): IgeKey {
  const x = offset(direction)
  const a = sha256(messageKey, secret.subarray(x, x + 36))
  const b = sha256(secret.subarray(x + 40, x + 76), messageKey)
  return {
    key: Buffer.concat([a.subarray(0, 8), b.subarray(8, 24), a.subarray(24, 32)]),
    iv: Buffer.concat([b.subarray(0, 8), a.subarray(8, 24), b.subarray(24, 32)]),
  }
}

/** The middle 16 bytes of a hash over part of the key and the padded plaintext: proves who wrote it. */
export function messageKey(secret: Uint8Array, plaintext: Uint8Array, direction: Direction): Buffer {
  const x = offset(direction)
  return sha256(secret.subarray(x + 88, x + 120), plaintext).subarray(8, 24)
}

/**
 * MTProto 1.0's derivation, which auth.bindTempAuthKey still prescribes
 * (https://core.telegram.org/mtproto/description_v1#defining-aes-key-and-initialization-vector).
 */
export function bindingIge(secret: Uint8Array, messageKey: Uint8Array): IgeKey {
  const a = sha1(messageKey, secret.subarray(0, 32))
  const b = sha1(secret.subarray(32, 48), messageKey, secret.subarray(48, 64))
  const c = sha1(secret.subarray(64, 96), messageKey)
  const d = sha1(messageKey, secret.subarray(96, 128))
  return {
    key: Buffer.concat([a.subarray(0, 8), b.subarray(8, 20), c.subarray(4, 16)]),
    iv: Buffer.concat([a.subarray(8, 20), b.subarray(0, 8), c.subarray(16, 20), d.subarray(0, 8)]),
  }
}

/**
 * What hides the Diffie-Hellman parameters
 * (https://core.telegram.org/mtproto/auth_key#presenting-proof-of-work-server-authentication).
 */
export function exchangeIge(serverNonce: Uint8Array, newNonce: Uint8Array): IgeKey {
  const a = sha1(newNonce, serverNonce)
  const b = sha1(serverNonce, newNonce)
  const c = sha1(newNonce, newNonce)
  return {
    key: Buffer.concat([a, b.subarray(0, 12)]),
    iv: Buffer.concat([b.subarray(12, 20), c, newNonce.subarray(0, 4)]),
  }
}
