import { Malformed } from '../errors.js'
import { unpacked } from '../tl/reader.js'
import { TlBinaryReader } from '@mtcute/tl-runtime'
import type { Message } from './envelope.js'

const CONTAINER = 0x73f1f8dc
const GZIP_PACKED = 0x3072cfa1
const MOST_MESSAGES = 1020
const HEAD = 16

/** A container that means nothing; told to the client as error 64. */
export class BadContainer extends Error {
  override readonly name = 'BadContainer'
}

/**
 * The messages in a container, or the one message there is.
 * https://core.telegram.org/mtproto/service_messages#containers
 */
export function unpack(message: Message): readonly Message[] {
  const body = inflate(message.body)
  if (constructorOf(body) !== CONTAINER) return [{ ...message, body }]
  const reader = TlBinaryReader.manual(body, 4)
  const count = reader.uint()
  if (count > MOST_MESSAGES || count * HEAD > body.length) throw new Malformed('container')
  return Array.from({ length: count }, () => {
    if (reader.pos + HEAD > body.length) throw new Malformed('container')
    const id = reader.long(true).toBigInt()
    const [seqno, length] = [reader.uint(), reader.uint()]
    if (length > body.length - reader.pos) throw new Malformed('container')
    const inner = inflate(reader.raw(length))
    if (constructorOf(inner) === CONTAINER) throw new BadContainer('a container in a container')
    if (id >= message.id) throw new BadContainer('a container older than what it holds')
    return { id, seqno, body: inner }
  })
}

export function pack(messages: readonly Message[]): Uint8Array {
  const parts = messages.flatMap(({ id, seqno, body }) => {
    const head = Buffer.alloc(HEAD)
    head.writeBigUInt64LE(id, 0)
    head.writeUInt32LE(seqno, 8)
    head.writeUInt32LE(body.length, 12)
    return [head, body]
  })
  const head = Buffer.alloc(8)
  head.writeUInt32LE(CONTAINER, 0)
  head.writeUInt32LE(messages.length, 4)
  return Buffer.concat([head, ...parts])
}

function inflate(body: Uint8Array): Uint8Array {
  if (constructorOf(body) !== GZIP_PACKED) return body
  return unpacked(TlBinaryReader.manual(body, 4).bytes())
}

function constructorOf(body: Uint8Array): number {
  if (body.length < 4) throw new Malformed('a message of less than one word')
  return new DataView(body.buffer, body.byteOffset, body.byteLength).getUint32(0, true)
}
