import { Malformed } from '../errors.js'

const HEAD = 20

/**
 * Unencrypted messages: a zero key id, a message id, a length.
 * https://core.telegram.org/mtproto/description#unencrypted-message
 */
export function openPlain(packet: Uint8Array): Uint8Array {
  if (packet.length < HEAD) throw new Malformed('plain message')
  const length = new DataView(packet.buffer, packet.byteOffset, packet.byteLength).getUint32(16, true)
  if (HEAD + length > packet.length) throw new Malformed('plain message longer than its packet')
  return packet.subarray(HEAD, HEAD + length)
}

export function sealPlain(messageId: bigint, body: Uint8Array): Uint8Array {
  const head = Buffer.alloc(HEAD)
  head.writeBigUInt64LE(messageId, 8)
  head.writeUInt32LE(body.length, 16)
  return Buffer.concat([head, body])
}
