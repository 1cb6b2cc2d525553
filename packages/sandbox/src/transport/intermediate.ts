import { randomBytes, randomInt } from 'node:crypto'
import { cut, type Framing } from './framing.js'

/**
 * Four bytes of length. The padded kind adds up to 15 random bytes, which the packet's own lengths tell apart.
 * https://core.telegram.org/mtproto/mtproto-transports#intermediate and #padded-intermediate
 */
export function intermediate({ padded }: { readonly padded: boolean }): Framing {
  return {
    take: (stream) => (stream.length < 4 ? undefined : cut(stream, 4, stream.readUInt32LE(0) & 0x7fffffff)),

    wrap(packet) {
      // An error code is known by being exactly four bytes long, so it gets no padding.
      const padding = padded && packet.length > 4 ? randomBytes(randomInt(16)) : Buffer.alloc(0)
      const head = Buffer.alloc(4)
      head.writeUInt32LE(packet.length + padding.length)
      return Buffer.concat([head, packet, padding])
    },
  }
}
