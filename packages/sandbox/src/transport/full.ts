import { Malformed } from '../errors.js'
import { crc32 } from './crc32.js'
import { cut, LARGEST_FRAME, type Framing } from './framing.js'

const HEAD = 8
const TAIL = 4

/**
 * Length of everything, a count from 0 in each direction, the packet, CRC32 of all before it.
 * https://core.telegram.org/mtproto/mtproto-transports#full
 */
export function full(): Framing {
  let received = 0
  let sent = 0
  return {
    take(stream) {
      if (stream.length < HEAD) return undefined
      const length = stream.readUInt32LE(0)
      if (length < HEAD + TAIL || length > LARGEST_FRAME) throw new Malformed('frame length')
      const taken = cut(stream, HEAD, length - HEAD - TAIL, TAIL)
      if (!taken) return undefined
      if (stream.readUInt32LE(4) !== received) throw new Malformed('frame out of order')
      if (stream.readUInt32LE(length - TAIL) !== crc32(stream.subarray(0, length - TAIL))) throw new Malformed('crc32')
      received++
      return taken
    },

    wrap(packet) {
      const frame = Buffer.alloc(HEAD + packet.length + TAIL)
      frame.writeUInt32LE(frame.length, 0)
      frame.writeUInt32LE(sent++, 4)
      frame.set(packet, HEAD)
      frame.writeUInt32LE(crc32(frame.subarray(0, -TAIL)), frame.length - TAIL)
      return frame
    },
  }
}
