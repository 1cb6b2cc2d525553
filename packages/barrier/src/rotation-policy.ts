import { BarrierError } from './errors.js'

/** When the barrier takes a new key by itself. Kept in the keyring, so that all nodes follow one. */
export interface RotationPolicy {
  readonly enabled: boolean
  /** Encryptions under one term, all nodes together. */
  readonly maxOperations: number
  /** Milliseconds; 0 for never. */
  readonly interval: number
}

/**
 * Nonces are 96 random bits, so among q encryptions under one key two share a nonce with a chance of about q^2 / 2^97:
 * below 2^-33 at q = 2^32. NIST SP 800-38D (8.3) draws the line there, and it is drawn here even when rotation is
 * switched off: one repeated nonce gives away the key that authenticates. Vault's limit, the default, is 0.9 of it.
 */
export const hardLimit = 2 ** 32
export const defaultPolicy: RotationPolicy = { enabled: true, maxOperations: 3_865_470_566, interval: 0 }

const fewestOperations = 1_000_000
const day = 24 * 60 * 60 * 1000

export const operationLimit = (policy: RotationPolicy): number => (policy.enabled ? policy.maxOperations : hardLimit)

export function checkPolicy({ maxOperations, interval }: RotationPolicy): void {
  const most = defaultPolicy.maxOperations
  if (!Number.isInteger(maxOperations) || maxOperations < fewestOperations || maxOperations > most) {
    throw BarrierError.rotationLimits({ reason: `max_operations must be between ${fewestOperations} and ${most}` })
  }
  if (!Number.isInteger(interval) || (interval !== 0 && interval < day)) {
    throw BarrierError.rotationLimits({ reason: 'interval must be 0 or at least 24 hours' })
  }
}
