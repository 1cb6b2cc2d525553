import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { TlBinaryWriter, __tlWriterMap } from '@mtcute/core/utils.js'
import fc from 'fast-check'
import Long from 'long'
import { describe, expect, it } from 'vitest'
import { Malformed, UnknownConstructor } from '../errors.js'
import { Schema } from './schema.js'

const schema = new Schema()

const request = {
  _: 'messages.sendMessage',
  peer: { _: 'inputPeerUser', userId: 1_000_001, accessHash: Long.fromNumber(77) },
  message: 'hello',
  randomId: Long.fromString('-5'),
  silent: true,
  entities: [{ _: 'messageEntityBold', offset: 0, length: 5 }],
}

describe('the schema', () => {
  it('reads requests as mtcute writes them', () => {
    const bytes = TlBinaryWriter.serializeObject(__tlWriterMap, request)

    const { value, length } = schema.read(bytes)

    expect(value).toMatchObject(request)
    expect(length).toBe(bytes.length)
  })

  it('writes what mtcute writes', () => {
    expect(Buffer.from(schema.write(request))).toEqual(
      Buffer.from(TlBinaryWriter.serializeObject(__tlWriterMap, request)),
    )
  })

  it('reads a request that was packed inside its wrapper', () => {
    const packed = gzipSync(schema.write(request))
    const writer = TlBinaryWriter.manual(2000)
    writer.uint(0xda9b0d0d)
    writer.int(200)
    writer.uint(0x3072cfa1)
    writer.bytes(packed)

    expect(schema.object(writer.result())).toMatchObject({ _: 'invokeWithLayer', layer: 200, query: request })
  })

  it('writes for an older layer in its words, filling in what that layer still demands', () => {
    const own = new Schema()
    own.addLayer(1, 'peerUser#11111111 user_id:long since:int title:string = Peer;')

    const written = Buffer.from(own.write({ _: 'peerUser', userId: 5 }, 1))

    expect(written.toString('hex')).toBe('11111111' + '0500000000000000' + '00000000' + '00000000')
    expect(own.object(written)).toEqual({ _: 'peerUser', userId: 5, since: 0, title: '' })
    expect(own.write({ _: 'peerUser', userId: 5 })).toHaveLength(12)
  })

  it('tells a constructor nobody knows from garbage', () => {
    expect(() => schema.read(Buffer.from('0102030405060708', 'hex'))).toThrow(UnknownConstructor)
    expect(() => schema.read(Buffer.from('0102', 'hex'))).toThrow(Malformed)
  })

  it('refuses a vector that claims more items than there are bytes', () => {
    const bytes = Buffer.alloc(12)
    bytes.writeUInt32LE(0x1cb5c415, 0)
    bytes.writeUInt32LE(0xffffffff, 4)

    expect(() => schema.read(bytes)).toThrow(Malformed)
  })

  it('refuses objects nested without end', () => {
    const nested = Buffer.alloc(400_000)
    for (let at = 0; at < nested.length; at += 8) {
      nested.writeUInt32LE(0x1cb5c415, at)
      nested.writeUInt32LE(1, at + 4)
    }
    expect(() => schema.read(nested)).toThrow(Malformed)
  })

  it('refuses a small packet that unpacks to a huge one', () => {
    const packed = gzipSync(Buffer.alloc(64 << 20))
    const writer = TlBinaryWriter.manual(packed.length + 8)
    writer.uint(0x3072cfa1)
    writer.bytes(packed)

    expect(() => schema.read(writer.result())).toThrow(Malformed)
  })

  it('ends in one of two errors or in an object, whatever the bytes', () => {
    const bytes = schema.write(request)
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length), (at, value, length) => {
        const mutated = Uint8Array.from(bytes.subarray(0, length))
        if (at < length) mutated[at] = value
        readsOrRefuses(mutated)
      }),
      { numRuns: 500 },
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), readsOrRefuses), { numRuns: 500 })
    readsOrRefuses(randomBytes(1 << 16))
  })
})

function readsOrRefuses(bytes: Uint8Array): void {
  try {
    expect(schema.read(bytes).length).toBeLessThanOrEqual(bytes.length)
  } catch (error) {
    expect(error instanceof Malformed || error instanceof UnknownConstructor).toBe(true)
  }
}
