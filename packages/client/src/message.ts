import { stringifyJson, type Verb } from '@chatelaine/sdk'
import { ClientError } from './errors.js'
import type { Data, Question } from './question.js'

/** An HTTP request before anything sends it. */
export interface Outgoing {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** An answer of 200 is wanted as it comes. */
  readonly stream?: boolean | undefined
}

/** An HTTP answer after everything of it has come. Header names are in lower case. */
export interface Incoming {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
  /** In place of the body, where that was asked for. Throws `ClientError.broken` when it is cut short. */
  readonly stream?: AsyncIterable<Uint8Array> | undefined
}

/** Sends one HTTP message: `fetch`, or Node's own client where certificates or unix sockets are wanted. */
export type Exchange = (message: Outgoing) => Promise<Incoming>

// LIST is a GET with a question, as in Vault's own client: proxies and parsers refuse verbs they do not know.
const methods: Readonly<Record<Verb, string>> = { read: 'GET', list: 'GET', write: 'PUT', patch: 'PATCH', delete: 'DELETE' }

export function message(base: string, question: Question): Outgoing {
  const { verb, path, input = {}, signal, stream } = question
  const inBody = verb === 'write' || verb === 'patch'
  const query = inBody ? '' : queryOf(verb === 'list' ? { ...input, list: 'true' } : input)
  return {
    method: methods[verb],
    url: `${base}/v1/${encodePath(path)}${query}`,
    headers: headersOf(question),
    body: inBody ? stringifyJson(input) : undefined,
    signal,
    stream,
  }
}

function headersOf({ verb, token, namespace, wrapTtl, headers }: Question): Record<string, string> {
  return {
    'X-Vault-Request': 'true',
    ...(token && { 'X-Vault-Token': token }),
    ...(namespace && { 'X-Vault-Namespace': namespace }),
    ...(wrapTtl !== undefined && wrapTtl !== '' && { 'X-Vault-Wrap-TTL': String(wrapTtl) }),
    ...(verb === 'write' && { 'Content-Type': 'application/json' }),
    ...(verb === 'patch' && { 'Content-Type': 'application/merge-patch+json' }),
    ...headers,
  }
}

/**
 * Segments `.` and `..` are refused rather than sent, because URL parsers resolve them, even percent-encoded: `secret/../sys/seal`
 * would arrive as `sys/seal`.
 */
export function encodePath(path: string): string {
  const segments = path.replace(/^\/+/, '').split('/')
  if (segments.some((segment) => segment === '.' || segment === '..')) throw ClientError.badPath()
  return segments.map((segment) => encodeURIComponent(segment).replace(/%(24|26|2B|2C|3A|3B|3D|40)/g, decodeURIComponent)).join('/')
}

function queryOf(input: Data): string {
  const pairs = Object.entries(input).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).filter((one) => one !== undefined).map((one): [string, string] => [name, asText(one)]),
  )
  return pairs.length ? `?${new URLSearchParams(pairs).toString()}` : ''
}

const asText = (value: unknown) => (typeof value === 'string' ? value : stringifyJson(value))
