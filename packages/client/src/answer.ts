import { parseJson, RawNumber, type Auth, type WrapInfo } from '@chatelaine/sdk'
import type { Incoming } from './message.js'
import type { Answer, Data, Origin } from './question.js'

export const isRecord = (value: unknown): value is Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof RawNumber)

/** Reads an answer off its HTTP form. Text that is not JSON (metrics, certificates) stays as it is. */
export function readAnswer({ status, body, headers, stream }: Incoming, origin: Origin): Answer {
  const seconds = Number(headers['retry-after'] ?? Number.NaN)
  return answerOf(parsed(body), { status, origin, retryAfter: Number.isFinite(seconds) ? seconds : undefined, ...(stream && { stream }) })
}

/** An answer whose body is already data. */
export function answerOf(body: unknown, rest: Pick<Answer, 'status' | 'origin' | 'retryAfter' | 'stream'>): Answer {
  const at = isRecord(body) ? body : {}
  return {
    requestId: typeof at['request_id'] === 'string' ? at['request_id'] : '',
    data: dataOf(at),
    // The server is Vault or speaks as Vault does; these two blocks are part of that contract.
    auth: isRecord(at['auth']) ? (at['auth'] as unknown as Auth) : undefined,
    wrapInfo: isRecord(at['wrap_info']) ? (at['wrap_info'] as unknown as WrapInfo) : undefined,
    warnings: stringsOf(at['warnings']),
    errors: stringsOf(at['errors']),
    body,
    ...rest,
  }
}

/** An envelope is known by its request id; `sys/seal-status` and its like answer without one. */
function dataOf(body: Data): Data | undefined {
  if (!('request_id' in body)) return 'errors' in body || Object.keys(body).length === 0 ? undefined : body
  return isRecord(body['data']) ? body['data'] : undefined
}

const stringsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []

function parsed(text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return parseJson(text)
  } catch {
    return text
  }
}
