import type { IncomingMessage } from 'node:http'
import { inSlices, type VaultError } from '@chatelaine/sdk'
import { HttpError } from '../errors.js'
import { smallBody, type BodyReader } from './body.js'
import type { Input } from './pairs.js'

export interface Receiving<T> {
  readonly whole: Promise<T>
  /** Gives up waiting, for this reason. */
  breakOff(error: VaultError): void
}

export interface Bounds {
  /** A body of more bytes, said or seen to be, is refused at once. */
  readonly limit: number
  /** Told of every piece that is kept; what it throws is why no more is. */
  readonly charge: (bytes: number) => void
}

export function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length']
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

/** How long a body says it is. */
export function saidLength({ headers }: IncomingMessage): number {
  return headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : Infinity
}

/** Reads a small body to its end. */
export function receive(message: IncomingMessage, bounds: Bounds): Receiving<Buffer> {
  const chunks: Buffer[] = []
  return listen(message, bounds, {
    take(chunk) {
      bounds.charge(chunk.length)
      chunks.push(chunk)
    },
    whole: () => (chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)),
  })
}

/** Reads a body that nobody wants to its end, because the next request stands behind it. */
export function pass(message: IncomingMessage, limit: number): Receiving<void> {
  return listen(message, { limit }, { take: () => undefined, whole: () => undefined })
}

/**
 * Reads a body of any size while it arrives. Its sender is not listened to while there are bytes of it that were not read: they
 * are in turn with those of all others.
 */
export function receiveInto(reader: BodyReader, message: IncomingMessage, bounds: Bounds): Receiving<Input> {
  let size = 0
  let read: Promise<void> | undefined
  return listen(message, bounds, {
    take(chunk, fail) {
      bounds.charge(chunk.length)
      size += chunk.length
      if (size <= smallBody) return reader.push(chunk)
      message.pause()
      read = inSlices(reader.pieces(chunk))
      read.then(() => message.resume(), fail)
    },
    // The end is told also to those who do not listen.
    whole: async () => {
      await read
      return reader.end()
    },
  })
}

interface Taking<T> {
  take(chunk: Buffer, fail: (error: unknown) => void): void
  whole(): T | Promise<T>
}

function listen<T>(message: IncomingMessage, { limit }: Pick<Bounds, 'limit'>, { take, whole }: Taking<T>): Receiving<T> {
  const { promise, resolve, reject } = settlable<T>()
  let [failed, size] = [false, 0]
  const fail = (error: unknown) => {
    failed = true
    reject(error)
    // Whatever still comes is passed over, by whoever answers.
    message.resume()
  }
  const attempt = (step: () => void) => {
    try {
      if (!failed) step()
    } catch (error) {
      fail(error)
    }
  }
  if (saidLength(message) !== Infinity && saidLength(message) > limit) {
    reject(HttpError.bodyTooLarge())
    return { whole: promise, breakOff: reject }
  }
  message.on('data', (chunk: Buffer) => {
    size += chunk.length
    attempt(() => {
      if (size > limit) throw HttpError.bodyTooLarge()
      take(chunk, fail)
    })
  })
  message.on('end', () => attempt(() => resolve(whole())))
  message.on('error', (cause) => fail(HttpError.clientGone(undefined, { cause })))
  if (message.destroyed && !message.complete) fail(HttpError.clientGone())
  return { whole: promise, breakOff: fail }
}

function settlable<T>() {
  let resolve!: (value: T | Promise<T>) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((yes, no) => ([resolve, reject] = [yes, no]))
  return { promise, resolve, reject }
}
