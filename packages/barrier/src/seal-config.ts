import { checkShareCount, CryptoError, type ShareCount } from '@chatelaine/crypto'
import { BarrierError } from './errors.js'
import { reserved } from './reserved.js'

/**
 * How the Vault is sealed, readable by all (`core/seal-config`, JSON): what a sealed node must know to ask for shares.
 * Nothing depends on its being true: a changed threshold only makes unsealing fail.
 */
export interface SealConfig {
  /** "shamir", or the type of the seal that opens it without people. */
  readonly type: string
  /** Of the unseal key, or, with a seal that needs no people, of the recovery key; 0 of 0 when there is none. */
  readonly count: ShareCount
}

/** What wrapped the root key (`core/stored-key`, JSON): every way in, each under the name of its seal. */
export interface Wrapping {
  readonly by: string
  readonly blob: Uint8Array
}

/** Shares alone wrap as "shamir"; those that open when an automatic seal is gone, as "recovery". */
export const byShares = (config: SealConfig) => (config.type === shamir ? shamir : 'recovery')
export const shamir = 'shamir'

const version = 1

/** Refuses counts in the words of Vault; `0` of `0` only where there may be no shares at all. */
export function checkCount(count: ShareCount, mayBeNone: boolean): void {
  if (mayBeNone && count.shares === 0 && count.threshold === 0) return
  try {
    checkShareCount(count)
  } catch (cause) {
    if (!CryptoError.is(cause)) throw cause
    throw BarrierError.invalidConfig({ reason: cause.message }, { cause })
  }
}

export function encodeSealConfig({ type, count }: SealConfig): Uint8Array {
  return toJson({ version, type, secret_shares: count.shares, secret_threshold: count.threshold })
}

export function decodeSealConfig(bytes: Uint8Array): SealConfig {
  const { type, secret_shares: shares, secret_threshold: threshold } = fromJson(reserved.sealConfig, bytes)
  if (typeof type !== 'string' || !isCount(shares) || !isCount(threshold)) {
    throw BarrierError.tampered({ key: reserved.sealConfig })
  }
  return { type, count: { shares, threshold } }
}

export function encodeWrappings(wrappings: readonly Wrapping[]): Uint8Array {
  const rows = wrappings.map(({ by, blob }) => ({ by, blob: Buffer.from(blob).toString('base64') }))
  return toJson({ version, wrapped: rows })
}

export function decodeWrappings(bytes: Uint8Array): Wrapping[] {
  const { wrapped } = fromJson(reserved.storedKey, bytes)
  if (!Array.isArray(wrapped)) throw BarrierError.tampered({ key: reserved.storedKey })
  return wrapped.map((row: unknown) => {
    if (!isRecord(row) || typeof row.by !== 'string' || typeof row.blob !== 'string') {
      throw BarrierError.tampered({ key: reserved.storedKey })
    }
    return { by: row.by, blob: new Uint8Array(Buffer.from(row.blob, 'base64')) }
  })
}

const toJson = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))

function fromJson(key: string, bytes: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (isRecord(value) && value.version === version) return value
  } catch (cause) {
    throw BarrierError.tampered({ key }, { cause })
  }
  throw BarrierError.tampered({ key })
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 256

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
