import { createHmac } from 'node:crypto'

/** HMAC-SHA256 (RFC 2104). Compare the result with `equalBytes`, never with `===`. */
export function hmacSha256(key: Uint8Array, message: Uint8Array | string): Uint8Array {
  return new Uint8Array(createHmac('sha256', key).update(message).digest())
}
