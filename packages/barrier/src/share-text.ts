import { aeadKeyLength, secretBytes } from '@chatelaine/crypto'
import { BarrierError } from './errors.js'

/** As in Vault: the shortest key any barrier ever took, and a 32-byte one with the point of its share. */
export const shareLength = { min: 16, max: aeadKeyLength + 1 } as const

const hex = /^(?:[0-9a-f]{2})+$/i
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/**
 * A share as people type it. Hex first, if that gives a length a share can have: every hex text is valid base64 too,
 * but 66 characters are 33 bytes of one and no whole number of groups of the other.
 */
export function parseShare(text: string): Uint8Array {
  if (hex.test(text) && fits(text.length / 2)) return decoded(text, 'hex')
  if (text === '' || !base64.test(text)) throw BarrierError.malformedKey()
  return decoded(text, 'base64')
}

/** Straight into memory of its own: `Buffer.from` would leave a copy in the pool it shares, which nobody could zero. */
function decoded(text: string, encoding: 'hex' | 'base64'): Uint8Array {
  const bytes = secretBytes(Buffer.byteLength(text, encoding))
  Buffer.from(bytes.buffer).write(text, encoding)
  return bytes
}

export function checkShareLength(share: Uint8Array): void {
  if (share.length < shareLength.min) throw BarrierError.keyTooShort({ min: shareLength.min })
  if (share.length > shareLength.max) throw BarrierError.keyTooLong({ max: shareLength.max })
}

const fits = (length: number) => length >= shareLength.min && length <= shareLength.max
