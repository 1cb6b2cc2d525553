import type { IncomingMessage } from 'node:http'
import type { VaultError } from '@chatelaine/sdk'
import { HttpError } from '../errors.js'

export interface Receiving {
  readonly bytes: Promise<Buffer>
  /** Gives up waiting, for this reason. */
  breakOff(error: VaultError): void
}

export function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length']
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

/**
 * Reads a body to its end. One that is over `limit`, said or seen to be, is refused at once. Where the body is not
 * wanted (`keep` is false) it is read all the same, because the next request stands behind it.
 */
export function receive(message: IncomingMessage, limit: number, keep: boolean): Receiving {
  const { promise, resolve, reject } = settlable()
  if (Number(message.headers['content-length'] ?? 0) > limit) {
    reject(HttpError.bodyTooLarge())
    return { bytes: promise, breakOff: reject }
  }
  const chunks: Buffer[] = []
  let size = 0
  message.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > limit) reject(HttpError.bodyTooLarge())
    else if (keep) chunks.push(chunk)
  })
  message.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
  message.on('error', (cause) => reject(HttpError.clientGone(undefined, { cause })))
  return { bytes: promise, breakOff: reject }
}

function settlable() {
  let resolve!: (bytes: Buffer) => void
  let reject!: (error: VaultError) => void
  const promise = new Promise<Buffer>((yes, no) => ([resolve, reject] = [yes, no]))
  return { promise, resolve, reject }
}
