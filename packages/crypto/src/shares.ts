import { combine as combineShares, split as splitSecret } from 'shamir-secret-sharing'
import { equalBytes } from './equal.js'
import { CryptoError } from './errors.js'
import { secretCopy, zero } from './zero.js'

/** How many shares there are, and how many of them open the secret. */
export interface ShareCount {
  readonly shares: number
  readonly threshold: number
}

/** Refuses what Vault refuses, in Vault's words. */
export function checkShareCount({ shares, threshold }: ShareCount): void {
  if (!Number.isInteger(shares) || shares < 1) throw new CryptoError('tooFewShares')
  if (!Number.isInteger(threshold) || threshold < 1) throw new CryptoError('thresholdTooLow')
  if (shares > 1 && threshold === 1) throw new CryptoError('thresholdOfOne')
  if (shares > 255) throw new CryptoError('tooManyShares')
  if (threshold > 255) throw new CryptoError('thresholdTooHigh')
  if (threshold > shares) throw new CryptoError('thresholdAboveShares')
}

/**
 * Shamir's scheme in Vault's format: over GF(2^8) with the AES polynomial 0x11b, one random polynomial for each byte
 * of the secret. A share is `y1 … yn x`: a value for each byte, and last the point where the polynomials were
 * evaluated, which is never zero. A single share is the secret itself.
 *
 * The arithmetic is the audited npm package's. Its table look-ups depend on the secret, so somebody who shares this
 * machine's processor cache might learn from them; a caller over the network sees only a few microseconds, once.
 */
export async function split(secret: Uint8Array, count: ShareCount): Promise<Uint8Array[]> {
  checkShareCount(count)
  if (secret.length < 1 || secret.length > 0xffff) throw new CryptoError('badSecret')
  return count.shares === 1 ? [secretCopy(secret)] : splitSecret(secret, count.shares, count.threshold)
}

/**
 * The secret, if enough shares of one splitting are given; otherwise some other bytes, which nothing here can tell
 * apart: authenticate what they open. Fails only for shares that cannot belong together.
 */
export async function combine(shares: readonly Uint8Array[]): Promise<Uint8Array> {
  const [first] = shares
  if (!first || first.length === 0) throw new CryptoError('badShares')
  if (shares.length === 1) return secretCopy(first)
  checkPoints(shares, first.length)
  const combined = await combineShares([...shares])
  const secret = secretCopy(combined)
  zero(combined)
  return secret
}

// At x = 0 the polynomial is the secret, so no honest share has it; one that did would decide the answer alone.
function checkPoints(shares: readonly Uint8Array[], length: number): void {
  const points = new Set(shares.map((share) => share.at(-1)))
  const distinct = points.size === shares.length && !points.has(0)
  if (!distinct || length < 2 || shares.some((share) => share.length !== length)) throw new CryptoError('badShares')
}

/** Whether the first `threshold` shares give `secret` back. To be asked before a secret exists only as its shares. */
export async function sharesOpen(
  secret: Uint8Array,
  shares: readonly Uint8Array[],
  threshold: number,
): Promise<boolean> {
  const again = await combine(shares.slice(0, threshold))
  const same = equalBytes(again, secret)
  zero(again)
  return same
}
