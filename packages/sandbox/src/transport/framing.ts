import { Malformed } from '../errors.js'

/** Bigger than any request (files go up in parts of 512 KiB), small enough that nobody fills memory with one length. */
export const LARGEST_FRAME = (1 << 20) + 4096

/** A whole packet, and how many bytes of the stream it took. */
export interface Taken {
  readonly packet: Uint8Array
  readonly used: number
}

/** How packets are told apart in a stream of bytes. One per connection: some count what they have seen. */
export interface Framing {
  /** The first packet of `stream`, or undefined until all of it has come. */
  take(stream: Buffer): Taken | undefined
  wrap(packet: Uint8Array): Buffer
}

/** Cuts a packet out, refusing lengths no client has use for before a byte of it is kept. */
export function cut(stream: Buffer, head: number, length: number, tail = 0): Taken | undefined {
  if (length < 0 || length > LARGEST_FRAME) throw new Malformed('frame length')
  const used = head + length + tail
  return stream.length < used ? undefined : { packet: stream.subarray(head, head + length), used }
}
