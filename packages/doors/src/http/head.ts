import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { DurationError, parseDuration, truth, type Verb } from '@chatelaine/sdk'
import { HttpError } from '../errors.js'
import { checkPath } from '../path.js'
import { mediaTypeOf } from './body.js'
import { readPairs, type Input } from './pairs.js'
import { readTarget } from './target.js'

/** What a request says before its body. */
export interface Head {
  readonly verb: Verb
  readonly path: string
  /** From the query string. Only verbs without a body use it. */
  readonly query: Input
  readonly token: string | undefined
  readonly wrapTtl: number | undefined
  readonly namespace: string | undefined
  readonly help: boolean
}

const verbs: Readonly<Record<string, Verb>> = {
  GET: 'read',
  HEAD: 'read',
  LIST: 'list',
  POST: 'write',
  PUT: 'write',
  PATCH: 'patch',
  DELETE: 'delete',
}

/** Verbs whose input is their body. */
export const takesBody = (verb: Verb): boolean => verb === 'write' || verb === 'patch'

export function readHead(message: IncomingMessage, requireRequestHeader: boolean): Head {
  const { headers, method = '' } = message
  if (headers.host === undefined && message.httpVersion !== '1.0') throw HttpError.malformed()
  const target = readTarget(message.url ?? '')
  const verb = Object.hasOwn(verbs, method) ? verbs[method] : undefined
  if (verb === undefined) throw HttpError.methodNotAllowed()
  if (verb === 'patch') requireMergePatch(headers)
  if (requireRequestHeader && headers['x-vault-request'] !== 'true') throw HttpError.requestHeaderMissing()
  const query = takesBody(verb) ? {} : readQuery(target.query)
  const asked = verb === 'read' && takeListFlag(query) ? 'list' : verb
  const path = checkPath(target.path, asked)
  if (target.clean !== undefined) throw asked === 'read' || asked === 'list' ? HttpError.moved({ to: target.clean }) : HttpError.badSegment()
  return {
    verb: asked,
    path,
    query,
    token: tokenOf(headers),
    wrapTtl: wrapTtlOf(headers),
    namespace: valueOf(headers, 'x-vault-namespace') || undefined,
    help: verb === 'read' && takeHelpFlag(query),
  }
}

/** More parameters than any request has, and few enough that they cost nothing. */
const mostParameters = 1_000

function readQuery(text: string): Input {
  if (text.length > mostParameters && text.split('&', mostParameters + 1).length > mostParameters) throw HttpError.badQuery()
  try {
    return readPairs(text)
  } catch (cause) {
    throw HttpError.badQuery(undefined, { cause })
  }
}

/** `?list=true` is how clients list that cannot send a verb of Vault's own. Takes the flag out of the data. */
function takeListFlag(query: Input): boolean {
  if (!Object.hasOwn(query, 'list')) return false
  const list = truth(query['list'])
  if (list === undefined) throw HttpError.badListFlag()
  delete query['list']
  return list
}

function takeHelpFlag(query: Input): boolean {
  if (!Object.hasOwn(query, 'help')) return false
  const help = query['help'] !== ''
  delete query['help']
  return help
}

function requireMergePatch(headers: IncomingHttpHeaders): void {
  if (mediaTypeOf(headers['content-type']) !== 'application/merge-patch+json') throw HttpError.notMergePatch()
}

/** The Vault's own header wins over the general one, as it does in Vault. */
function tokenOf(headers: IncomingHttpHeaders): string | undefined {
  const token = valueOf(headers, 'x-vault-token')
  if (token) return token
  const bearer = /^bearer +(.+)$/i.exec(valueOf(headers, 'authorization') ?? '')
  return bearer?.[1]
}

function wrapTtlOf(headers: IncomingHttpHeaders): number | undefined {
  const text = valueOf(headers, 'x-vault-wrap-ttl')
  if (!text) return undefined
  const ttl = duration(text)
  if (ttl < 0) throw HttpError.wrapTtl({ problem: 'requested wrap ttl cannot be negative' })
  return ttl
}

function duration(text: string): number {
  try {
    return parseDuration(text)
  } catch (error) {
    if (DurationError.invalid.is(error)) throw HttpError.wrapTtl({ problem: error.message }, { cause: error })
    throw error
  }
}

// The parser lets TAB and the bytes from 0x80 through, and hands them over as Latin-1.
const legal = /^[\x20-\x7e]*$/

function valueOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  if (value === undefined) return undefined
  if (typeof value !== 'string' || !legal.test(value)) throw HttpError.invalidHeader()
  return value
}
