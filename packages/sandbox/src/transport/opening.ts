import { createCipheriv, createDecipheriv, type Cipher, type Decipher } from 'node:crypto'
import { Malformed } from '../errors.js'
import { abridged } from './abridged.js'
import type { Framing } from './framing.js'
import { full } from './full.js'
import { intermediate } from './intermediate.js'

/** How a client opened its connection: which framing it speaks, and under which ciphers. */
export interface Opening {
  readonly framing: Framing
  /** Bytes of the stream that named the framing; none for the full one, which starts with its first frame. */
  readonly used: number
  readonly cipher?: { readonly incoming: Decipher; readonly outgoing: Cipher }
}

const ABRIDGED = 0xefefefef
const INTERMEDIATE = 0xeeeeeeee
const PADDED = 0xdddddddd
const OBFUSCATION = 64

/**
 * Tells the transports apart by their first bytes, or waits for more of them. An obfuscated opening may begin with
 * anything but what the others begin with. https://core.telegram.org/mtproto/mtproto-transports
 */
export function recognise(stream: Buffer): Opening | undefined {
  if (stream.length < 1) return undefined
  if (stream[0] === 0xef) return { framing: abridged(), used: 1 }
  if (stream.length < 4) return undefined
  const first = stream.readUInt32LE(0)
  if (first === INTERMEDIATE || first === PADDED) return { framing: named(first), used: 4 }
  if (stream.length < 8) return undefined
  if (stream.readUInt32LE(4) === 0) return { framing: full(), used: 0 }
  return stream.length < OBFUSCATION ? undefined : obfuscated(stream)
}

/**
 * AES-256-CTR both ways, the server's key and IV being the client's read backwards. It hides nothing from who reads
 * the first 64 bytes: it is there against filters.
 * https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation
 */
function obfuscated(stream: Buffer): Opening {
  const seed = stream.subarray(8, 56)
  const reversed = Buffer.from(seed).reverse()
  const incoming = createDecipheriv('aes-256-ctr', seed.subarray(0, 32), seed.subarray(32))
  const outgoing = createCipheriv('aes-256-ctr', reversed.subarray(0, 32), reversed.subarray(32))
  const tag = incoming.update(stream.subarray(0, OBFUSCATION)).readUInt32LE(56)
  return { framing: named(tag), used: OBFUSCATION, cipher: { incoming, outgoing } }
}

function named(tag: number): Framing {
  if (tag === ABRIDGED) return abridged()
  if (tag === INTERMEDIATE) return intermediate({ padded: false })
  if (tag === PADDED) return intermediate({ padded: true })
  throw new Malformed('no transport opens like this')
}
