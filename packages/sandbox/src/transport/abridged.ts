import { cut, type Framing } from './framing.js'

/** Lengths in words: one byte, or 0x7f and three. https://core.telegram.org/mtproto/mtproto-transports#abridged */
export function abridged(): Framing {
  return {
    take(stream) {
      if (stream.length < 1) return undefined
      const short = stream[0]! & 0x7f // the high bit asks for a quick acknowledgment, which is a client's to do without
      if (short < 0x7f) return cut(stream, 1, short * 4)
      return stream.length < 4 ? undefined : cut(stream, 4, stream.readUIntLE(1, 3) * 4)
    },

    wrap(packet) {
      const words = packet.length / 4
      const head = words < 0x7f ? [words] : [0x7f, words & 255, (words >> 8) & 255, words >> 16]
      return Buffer.concat([Buffer.from(head), packet])
    },
  }
}
