const sentences = {
  unauthentic: 'the bytes are not what was sealed under this key',
  keyLength: 'a key must be 32 bytes long',
  nonceLength: 'a nonce must be 12 bytes long',
  tooFewShares: 'shares must be at least one',
  tooManyShares: 'shares must be less than 256',
  thresholdTooLow: 'threshold must be at least one',
  thresholdOfOne: 'threshold must be greater than one for multiple shares',
  thresholdTooHigh: 'threshold must be less than 256',
  thresholdAboveShares: 'threshold cannot be larger than shares',
  badSecret: 'a secret to split must be 1 to 65535 bytes long',
  badShares: 'the shares do not belong together',
} as const

export type CryptoFault = keyof typeof sentences

/**
 * What this package refuses. It imports nothing of ours, so it has no statuses: whoever answers a caller translates
 * by `fault`. Never carries key material.
 */
export class CryptoError extends Error {
  override readonly name = 'CryptoError'
  readonly fault: CryptoFault

  constructor(fault: CryptoFault, options?: ErrorOptions) {
    super(sentences[fault], options)
    this.fault = fault
  }

  static is(error: unknown, ...faults: CryptoFault[]): error is CryptoError {
    return error instanceof CryptoError && (faults.length === 0 || faults.includes(error.fault))
  }
}
