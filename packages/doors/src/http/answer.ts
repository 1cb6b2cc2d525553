import type { ServerResponse } from 'node:http'
import { envelope, lengthOf, VaultError, type Response } from '@chatelaine/sdk'
import { HttpError } from '../errors.js'

/** An answer in HTTP's terms. */
export interface Answer {
  readonly status: number
  /** Undefined where HTTP allows no body. */
  readonly text: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** Statuses that HTTP gives no body, whoever chose them: a body behind one would be taken for the next answer. */
export const bodiless = (status: number): boolean => status === 204 || status === 205 || status === 304

export function answerOf(response: Response): Answer {
  const { status, headers } = response
  checkStatus(status)
  if (bodiless(status)) return { status, text: undefined, headers }
  const text = envelope(response)
  if (text !== undefined) return { status, text: ended(text, headers), headers }
  if (status >= 200 && status < 300) return { status: 204, text: undefined, headers }
  return { status, text: errorsText(''), headers }
}

/** What a caller learns of a failure. Anything that is not in a catalogue is a bug, of which he learns nothing. */
export function answerOfError(error: unknown): Answer {
  const known = error instanceof VaultError ? error : HttpError.internal()
  return { status: known.status, text: errorsText(known.message), headers: headersOf(known) }
}

function headersOf(error: VaultError): Answer['headers'] {
  if (HttpError.busy.is(error)) return { 'Retry-After': '1' }
  return HttpError.moved.is(error) ? { Location: error.details.to } : undefined
}

/** An interim answer, or what is no status at all, would break the framing of all that follows. */
function checkStatus(status: number): void {
  if (!Number.isInteger(status) || status < 200 || status > 599) throw new Error('an answer has a status that is none')
}

/** An answer that was made in pieces, as a stream whose length is known. */
export function piecesOf({ status, headers }: Response, pieces: Uint8Array[]): [Pick<Response, 'status' | 'headers'>, AsyncIterable<Uint8Array>] {
  checkStatus(status)
  if (bodiless(status)) return [{ status, headers }, none()]
  if (!headers || !hasName(headers, 'content-type')) pieces.push(newline)
  const typed = headers && hasName(headers, 'content-type') ? headers : { ...headers, 'Content-Type': 'application/json' }
  return [{ status, headers: { ...typed, 'Content-Length': String(lengthOf(pieces)) } }, inTurn(pieces)]
}

const newline = Uint8Array.of(0x0a)

async function* inTurn(pieces: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* pieces
}

async function* none(): AsyncIterable<Uint8Array> {
  yield* []
}

export const errorsText = (sentence: string): string =>
  `${JSON.stringify({ errors: sentence === '' ? [] : [sentence] })}\n`

// JSON ends in a newline, as Vault's does; other texts (certificates, metrics) are somebody's bytes.
const ended = (text: string, headers: Answer['headers']) =>
  text === '' || text.endsWith('\n') || (headers && hasName(headers, 'content-type')) ? text : `${text}\n`

const hasName = (headers: Readonly<Record<string, string>>, name: string) =>
  Object.keys(headers).some((key) => key.toLowerCase() === name)

/** An answer's headers as Node takes them fastest: names and values in turn. Clients compare the media type whole. */
export function headOf({ status, text, headers }: Answer, common: readonly string[]): string[] {
  const head = [...common]
  // Of the three without a body the only one whose end HTTP does not know by itself.
  if (status === 205) head.push('Content-Length', '0')
  if (text !== undefined) {
    head.push('Content-Length', String(Buffer.byteLength(text)))
    if (!headers || !hasName(headers, 'content-type')) head.push('Content-Type', 'application/json')
  }
  if (!headers) return head
  const given = Object.entries(headers)
  const names = new Set(given.map(([name]) => name.toLowerCase()))
  const keeps = (name: string, i: number) => i % 2 === 0 && !names.has(name.toLowerCase())
  const kept = head.flatMap((name, i) => (keeps(name, i) ? [name, head[i + 1] ?? ''] : []))
  return [...kept, ...given.flat()]
}

export interface Delivery {
  /** Headers every answer of this door carries, names and values in turn. */
  readonly common: readonly string[]
  /** What is left of the request's body: nothing, bytes on their way, or bytes that can no longer be made out. */
  readonly rest: 'none' | 'coming' | 'lost'
  /** The connection ends with this answer. */
  readonly last: boolean
  /** How many bytes of the rest are waited for. */
  readonly patience: number
}

/**
 * Hands an answer to Node. Where the client is still sending, the connection ends with the answer, but only once the
 * client has finished or sent far too much: closing under its hands would lose it the answer.
 */
export function deliver(res: ServerResponse, answer: Answer, { common, rest, last, patience }: Delivery): void {
  const head = headOf(answer, common)
  if (last || rest !== 'none') head.push('Connection', 'close')
  res.writeHead(answer.status, head)
  if (rest !== 'coming') {
    res.end(answer.text)
    return
  }
  if (answer.text !== undefined) res.write(answer.text)
  let left = patience
  const end = () => void res.end()
  res.req.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) end()
  })
  res.req.on('end', end).on('close', end).on('error', end)
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
}

/** A whole answer as bytes, for a socket whose request never became one. */
export function rawAnswer(error: VaultError): string {
  const text = errorsText(error.message)
  return [
    `HTTP/1.1 ${error.status} ${reasons[error.status] ?? 'Error'}`,
    'Content-Type: application/json',
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
    '',
    text,
  ].join('\r\n')
}
