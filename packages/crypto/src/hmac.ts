import { hash } from 'node:crypto'
import { zero } from './zero.js'

const blockLength = 64
const inner = 0x36
const outer = 0x5c
/** Bytes of the buffer that is used again and again: a block and a message such as an audit record. */
const room = 8192

/**
 * HMAC-SHA256 (RFC 2104) under one key, for whoever needs it often. It is the definition itself, two calls of a one-shot
 * hash: `createHmac` makes a native object each time, which costs more than the hashing and is left to the garbage collector
 * with the key inside. Here the padded key lies in two buffers that `close` fills with zeros.
 */
export class HmacKey {
  readonly #outer: Buffer
  /** The inner block, and behind it room for the message, so that usual messages need no buffer of their own. */
  readonly #inner: Buffer

  constructor(key: Uint8Array) {
    const block = new Uint8Array(blockLength)
    block.set(key.length > blockLength ? hash('sha256', key, 'buffer') : key)
    this.#inner = Buffer.alloc(room)
    this.#inner.set(block.map((byte) => byte ^ inner))
    this.#outer = Buffer.alloc(blockLength + 32)
    this.#outer.set(block.map((byte) => byte ^ outer))
    zero(block)
  }

  digest(message: Uint8Array | string): Uint8Array {
    return new Uint8Array(hash('sha256', this.#outerBlock(message), 'buffer'))
  }

  hex(message: Uint8Array | string): string {
    return hash('sha256', this.#outerBlock(message), 'hex')
  }

  /** The key becomes zeros: whatever is computed afterwards is nobody's. */
  close(): void {
    zero(this.#inner, this.#outer)
  }

  #outerBlock(message: Uint8Array | string): Buffer {
    const length = blockLength + Buffer.byteLength(message)
    const block = length <= room ? this.#inner.subarray(0, length) : this.#roomFor(length)
    if (typeof message === 'string') block.write(message, blockLength, 'utf8')
    else block.set(message, blockLength)
    hash('sha256', block, 'buffer').copy(this.#outer, blockLength)
    // What was hashed may be a token or a secret's value, and is not kept.
    block.fill(0, blockLength)
    return this.#outer
  }

  #roomFor(length: number): Buffer {
    const block = Buffer.alloc(length)
    this.#inner.copy(block, 0, 0, blockLength)
    return block
  }
}

/** HMAC-SHA256 (RFC 2104), once. Compare the result with `equalBytes`, never with `===`. */
export function hmacSha256(key: Uint8Array, message: Uint8Array | string): Uint8Array {
  const once = new HmacKey(key)
  const digest = once.digest(message)
  once.close()
  return digest
}
