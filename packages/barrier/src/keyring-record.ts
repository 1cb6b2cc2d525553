import { aeadKeyLength, secretBytes, secretCopy, zero } from '@chatelaine/crypto'
import { BarrierError } from './errors.js'
import { type Keyring, keyringOf, type Term } from './keyring.js'
import { openSecretRecord, sealRecord, termOf } from './record.js'
import { reserved } from './reserved.js'

/**
 * The keyring as bytes, big-endian (docs/format.md). Binary rather than JSON so that no key ever is a string,
 * which could not be zeroed.
 *
 *     version        1
 *     rotation on    1  0 or 1
 *     max operations 8
 *     interval       8  milliseconds
 *     terms          4  how many follow, oldest first
 *     of each term: number 4, installed 8 (milliseconds since 1970), encryptions 8, key 32
 *
 * They are stored as a record of term 0: the root key. It seals nothing else, one keyring per rotation, so its own
 * count of encryptions stays far from any limit.
 */
const version = 1
const headLength = 22
const termLength = 20 + aeadKeyLength
const rootTerm = 0

export function sealKeyring(keyring: Keyring, rootKey: Uint8Array, nonce: Uint8Array): Uint8Array {
  const plaintext = encodeKeyring(keyring)
  const record = sealRecord(reserved.keyring, plaintext, { term: rootTerm, key: rootKey, nonce })
  zero(plaintext)
  return record
}

export function openKeyring(record: Uint8Array, rootKey: Uint8Array): Keyring {
  if (termOf(record) !== rootTerm) throw tampered()
  const plaintext = openSecretRecord(reserved.keyring, record, rootKey)
  try {
    return decodeKeyring(plaintext)
  } finally {
    zero(plaintext)
  }
}

export function encodeKeyring({ terms, policy }: Keyring): Uint8Array {
  const bytes = secretBytes(headLength + terms.size * termLength)
  const view = new DataView(bytes.buffer)
  bytes[0] = version
  bytes[1] = policy.enabled ? 1 : 0
  view.setBigUint64(2, BigInt(policy.maxOperations))
  view.setBigUint64(10, BigInt(policy.interval))
  view.setUint32(18, terms.size)
  let at = headLength
  for (const term of terms.values()) {
    view.setUint32(at, term.number)
    view.setBigUint64(at + 4, BigInt(term.installed.getTime()))
    view.setBigUint64(at + 12, BigInt(term.encryptions))
    bytes.set(term.key, at + 20)
    at += termLength
  }
  return bytes
}

function decodeKeyring(bytes: Uint8Array): Keyring {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (bytes.length < headLength || bytes[0] !== version) throw tampered()
  const count = view.getUint32(18)
  if (count === 0 || bytes.length !== headLength + count * termLength) throw tampered()
  const terms = Array.from({ length: count }, (_, i) => decodeTerm(view, headLength + i * termLength))
  const policy = {
    enabled: bytes[1] === 1,
    maxOperations: Number(view.getBigUint64(2)),
    interval: Number(view.getBigUint64(10)),
  }
  return keyringOf(terms, policy)
}

function decodeTerm(view: DataView, at: number): Term {
  return {
    number: view.getUint32(at),
    installed: new Date(Number(view.getBigUint64(at + 4))),
    encryptions: Number(view.getBigUint64(at + 12)),
    key: secretCopy(new Uint8Array(view.buffer, view.byteOffset + at + 20, aeadKeyLength)),
  }
}

const tampered = () => BarrierError.tampered({ key: reserved.keyring })
