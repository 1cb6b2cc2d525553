import { pbkdf2Sync, randomBytes } from 'node:crypto'
import type { tl } from '@mtcute/core'
import Long from 'long'
import { same, sha256, xor } from '../crypto/bytes.js'
import { group, modPow, safeInGroup, toBytes, toNumber } from '../crypto/numbers.js'

/** What is kept of a password: enough to check it, not to know it. */
export interface Verifier {
  readonly salt1: Uint8Array
  readonly salt2: Uint8Array
  readonly v: bigint
}

/** One question, to be answered once: a second guess needs a second one. */
export interface Challenge {
  readonly id: Long
  readonly b: bigint
  readonly B: Uint8Array
}

const G = toBytes(BigInt(group.g))
const K = toNumber(sha256(group.prime, G))

/** https://core.telegram.org/api/srp#setting-a-new-2fa-password */
export function makeVerifier(password: string): Verifier {
  const [salt1, salt2] = [randomBytes(40), randomBytes(16)]
  const salted = (data: Uint8Array, salt: Uint8Array) => sha256(salt, data, salt)
  const first = salted(salted(Buffer.from(password), salt1), salt2)
  const x = toNumber(salted(pbkdf2Sync(first, salt1, 100_000, 64, 'sha512'), salt2))
  return { salt1, salt2, v: modPow(BigInt(group.g), x, group.p) }
}

export function kdf({ salt1, salt2 }: Pick<Verifier, 'salt1' | 'salt2'>) {
  return {
    _: 'passwordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow',
    salt1,
    salt2,
    g: group.g,
    p: group.prime,
  } satisfies tl.TypePasswordKdfAlgo
}

export function challenge({ v }: Verifier): Challenge {
  const b = toNumber(randomBytes(256))
  const B = toBytes((K * v + modPow(BigInt(group.g), b, group.p)) % group.p)
  return { id: Long.fromBits(randomBytes(4).readInt32LE(), randomBytes(4).readInt32LE() >>> 1), b, B }
}

/**
 * Whether the answer proves the password (https://core.telegram.org/api/srp#checking-the-password-with-srp). A that is
 * a multiple of p would make the shared secret zero for everybody, so values outside the group are refused first.
 */
export function proves(
  { salt1, salt2, v }: Verifier,
  { b, B }: Challenge,
  answer: { readonly A: Uint8Array; readonly M1: Uint8Array },
): boolean {
  const share = toNumber(answer.A)
  if (!safeInGroup(share)) return false
  const A = toBytes(share)
  const u = toNumber(sha256(A, B))
  const S = modPow(share * modPow(v, u, group.p), b, group.p)
  const parameters = xor(sha256(group.prime), sha256(G))
  return same(sha256(parameters, sha256(salt1), sha256(salt2), A, B, sha256(toBytes(S))), answer.M1)
}
