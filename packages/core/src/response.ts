import { statusOf, type Reply, type Response, type Verb } from '@chatelaine/sdk'

/** What an engine said, as an answer. Silence is 404 for who asked and 204 for who told; a list of nothing is silence. */
export function toResponse(requestId: string, verb: Verb, given: Pick<Reply, 'fields'> | undefined): Response {
  if (!given) return { requestId, status: statusOf(verb, given) }
  const { status, data, warnings, auth, wrap, form, verbatim, leaseDuration, headers, stream } = given.fields
  if (verb === 'list' && isEmpty(data) && !warnings?.length) return { requestId, status: 404 }
  // A 404 that an engine chose itself and says nothing with has no body at all; silence has `{"errors":[]}`.
  if (status === 404 && !data && !warnings?.length) return { requestId, status, verbatim: '' }
  return {
    requestId,
    status: statusOf(verb, given),
    data,
    warnings,
    auth,
    wrap,
    form,
    verbatim,
    leaseDuration,
    headers,
    stream,
  }
}

/** The answer with more warnings, where it has something to say that they can stand beside. */
export function warned(response: Response, more: readonly string[]): Response {
  const { data, auth, wrap, warnings, form, verbatim } = response
  if (more.length === 0 || form === 'bare' || verbatim !== undefined || !(data ?? auth ?? wrap ?? warnings)) return response
  return { ...response, warnings: [...(warnings ?? []), ...more] }
}

const isEmpty = (data: Readonly<Record<string, unknown>> | undefined) =>
  data === undefined || (Array.isArray(data['keys']) && data['keys'].length === 0 && Object.keys(data).length === 1)
