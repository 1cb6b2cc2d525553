import { randomBytes } from 'node:crypto'
import { same } from '../crypto/bytes.js'
import { igeDecrypt, igeEncrypt, messageIge, messageKey } from '../crypto/ige.js'
import { Malformed } from '../errors.js'

/** One message, as containers list them and envelopes carry them. */
export interface Message {
  readonly id: bigint
  readonly seqno: number
  readonly body: Uint8Array
}

export interface Envelope {
  readonly salt: bigint
  readonly sessionId: bigint
  readonly message: Message
}

interface Keyed {
  readonly id: bigint
  readonly secret: Uint8Array
}

const HEAD = 32
const LEAST_PADDING = 12
const MOST_PADDING = 1024

/**
 * Opens an encrypted packet. The message key is checked before any of the plaintext is believed, then the padding,
 * so that its length says nothing false (https://core.telegram.org/mtproto/security_guidelines).
 */
export function openEnvelope({ secret }: Keyed, packet: Uint8Array): Envelope {
  const sealed = packet.subarray(24)
  const whole = sealed.subarray(0, sealed.length - (sealed.length % 16)) // a padded transport may have added to it
  if (whole.length < HEAD + 16) throw new Malformed('envelope too short')
  const key = packet.subarray(8, 24)
  const plain = igeDecrypt(messageIge(secret, key, 'fromClient'), whole)
  if (!same(messageKey(secret, plain, 'fromClient'), key)) throw new Malformed('message key')
  const length = plain.readUInt32LE(28)
  const padding = plain.length - HEAD - length
  if (length % 4 !== 0 || padding < LEAST_PADDING || padding > MOST_PADDING) throw new Malformed('padding')
  return {
    salt: plain.readBigUInt64LE(0),
    sessionId: plain.readBigUInt64LE(8),
    message: {
      id: plain.readBigUInt64LE(16),
      seqno: plain.readUInt32LE(24),
      body: plain.subarray(HEAD, HEAD + length),
    },
  }
}

export function sealEnvelope({ id, secret }: Keyed, { salt, sessionId, message }: Envelope): Uint8Array {
  const length = HEAD + message.body.length
  const padding = LEAST_PADDING + ((16 - ((length + LEAST_PADDING) % 16)) % 16)
  const plain = Buffer.concat([Buffer.alloc(HEAD), message.body, randomBytes(padding)])
  plain.writeBigUInt64LE(salt, 0)
  plain.writeBigUInt64LE(sessionId, 8)
  plain.writeBigUInt64LE(message.id, 16)
  plain.writeUInt32LE(message.seqno, 24)
  plain.writeUInt32LE(message.body.length, 28)
  const key = messageKey(secret, plain, 'fromServer')
  const head = Buffer.alloc(8)
  head.writeBigUInt64LE(id)
  return Buffer.concat([head, key, igeEncrypt(messageIge(secret, key, 'fromServer'), plain)])
}
