import { parseDuration, parseJson, VaultError, type Handle, type Response } from '@chatelaine/sdk'
import { answerOf } from './answer.js'
import type { Answer, Origin, Question, Transport } from './question.js'

/**
 * The server inside this process as a transport: data passes as objects, no socket and no serialisation. What a handler returns
 * is therefore shared with it, and must not be changed.
 */
export function inProcess(handle: Handle): Transport {
  return async (question) => {
    const origin = { method: question.verb, url: `inproc:${question.path}` }
    try {
      return answer(await handle(request(question)), origin)
    } catch (error) {
      if (!(error instanceof VaultError)) throw error
      return answerOf({ errors: [error.message] }, { status: error.status, origin, retryAfter: undefined })
    }
  }
}

function request({ verb, path, input = {}, token, namespace, wrapTtl, headers, signal }: Question) {
  const lower = Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]))
  const wrap = wrapTtl === undefined || wrapTtl === '' ? undefined : parseDuration(wrapTtl)
  return { verb, path, input, token, namespace, wrapTtl: wrap, headers: lower, signal }
}

function answer(response: Response, origin: Origin): Answer {
  const rest = { status: response.status, origin, retryAfter: undefined }
  if (response.stream) return answerOf(undefined, { ...rest, stream: response.stream })
  if (response.verbatim !== undefined) return answerOf(parseJson(response.verbatim), rest)
  const { data, auth, wrap, warnings = [], requestId, form, leaseDuration = 0 } = response
  const wrapped = { auth: auth ?? null, wrap_info: wrap ?? null, warnings: warnings.length ? warnings : null }
  const envelope = { request_id: requestId, lease_id: '', renewable: false, lease_duration: leaseDuration, data: data ?? null, ...wrapped }
  return { ...rest, requestId, data, auth, wrapInfo: wrap, warnings, errors: [], body: form === 'bare' ? data : envelope }
}
