import { StorageError } from '../errors.js'

/** What lies at an entry's key: the value itself, or where its parts are. The first byte tells. */
export type Stored = { readonly value: Uint8Array } | { readonly parts: Parts }

/** A value in pieces, under an id that was made for it alone: pieces never change, so a reader has all of one value or none. */
export interface Parts {
  readonly id: string
  readonly count: number
  readonly bytes: number
}

const [whole, inParts] = [0, 1]

/** Copies `value`, which its owner may change as soon as a commit was asked for. */
export function encodeValue(value: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(value.length + 1)
  bytes[0] = whole
  bytes.set(value, 1)
  return bytes
}

export function encodeParts({ id, count, bytes }: Parts): Uint8Array {
  return Buffer.concat([Uint8Array.of(inParts), Buffer.from(JSON.stringify({ id, count, bytes }))])
}

export function decodeStored(key: string, bytes: Uint8Array): Stored {
  if (bytes[0] === whole) return { value: bytes.subarray(1) }
  if (bytes[0] !== inParts) throw StorageError.torn({ key })
  try {
    const { id, count, bytes: length } = JSON.parse(Buffer.from(bytes.subarray(1)).toString()) as Partial<Parts>
    if (typeof id === 'string' && Number.isInteger(count) && Number.isInteger(length)) return { parts: { id, count: Number(count), bytes: Number(length) } }
  } catch (cause) {
    throw StorageError.torn({ key }, { cause })
  }
  throw StorageError.torn({ key })
}
