import { constants, generateKeyPairSync, privateDecrypt, type KeyObject } from 'node:crypto'
import { Malformed } from '../errors.js'
import { same, sha1, sha256, xor } from './bytes.js'
import { igeDecrypt } from './ige.js'

/** The server's own key: a client that knows its public half knows whom it is talking to. */
export interface ServerKey {
  readonly publicKeyPem: string
  readonly fingerprint: bigint
  readonly privateKey: KeyObject
}

/** mtcute looks a fingerprint up by its hexadecimal form without leading zeros, so one that has any is never found. */
export function makeServerKey(): ServerKey {
  for (;;) {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const fingerprint = fingerprintOf(publicKey)
    if (fingerprint >> 60n === 0n) continue
    return { publicKeyPem: publicKey.export({ type: 'pkcs1', format: 'pem' }).toString(), fingerprint, privateKey }
  }
}

/** The low 64 bits of SHA1 over the TL form of the key: two byte strings, modulus and exponent. */
function fingerprintOf(key: KeyObject): bigint {
  const { n, e } = key.export({ format: 'jwk' })
  const modulus = Buffer.from(String(n), 'base64url')
  const exponent = Buffer.from(String(e), 'base64url')
  const bare = Buffer.concat([
    Buffer.from([254, modulus.length & 255, modulus.length >> 8, 0]), modulus,
    Buffer.from([exponent.length]), exponent, // 3 bytes: already a whole word with their length
  ])
  return sha1(bare).readBigUInt64LE(12)
}

/**
 * What a client sealed for this key, with the random bytes that follow it. RSA_PAD first; otherwise the padding with
 * SHA1 that older clients send, whose hash covers only the object: `exact` says how many bytes that is.
 * https://core.telegram.org/mtproto/auth_key#41-rsa-paddata-server-public-key-mentioned-above-is-implemented-as-follows
 */
export function rsaOpen(key: ServerKey, sealed: Uint8Array, exact: (data: Uint8Array) => number): Uint8Array {
  if (sealed.length > 256) throw new Malformed('longer than the key')
  const whole = Buffer.concat([Buffer.alloc(256 - sealed.length), sealed])
  const plain = rawDecrypt(key, whole)
  return padded(plain) ?? hashed(plain, exact)
}

function rawDecrypt(key: ServerKey, whole: Uint8Array): Buffer {
  try {
    return privateDecrypt({ key: key.privateKey, padding: constants.RSA_NO_PADDING }, whole)
  } catch (cause) {
    throw new Malformed('not a number below the modulus', { cause })
  }
}

/** key ^ SHA256(body) | body, where body hides the reversed data and SHA256(key | data). */
function padded(plain: Buffer): Uint8Array | undefined {
  const body = plain.subarray(32)
  const key = xor(plain.subarray(0, 32), sha256(body))
  const opened = igeDecrypt({ key, iv: Buffer.alloc(32) }, body)
  const data = opened.subarray(0, 192).reverse()
  return same(sha256(key, data), opened.subarray(192)) ? data : undefined
}

/** 0 | SHA1(data) | data | random. */
function hashed(plain: Buffer, exact: (data: Uint8Array) => number): Uint8Array {
  const data = plain.subarray(21)
  const length = exact(data)
  if (plain[0] !== 0 || !same(sha1(data.subarray(0, length)), plain.subarray(1, 21))) throw new Malformed('RSA padding')
  return data
}
