import type { Reply, Response, Verb } from '@chatelaine/sdk'

/** What an engine said, as an answer. Silence is 404 for who asked and 204 for who told; a list of nothing is silence. */
export function toResponse(requestId: string, verb: Verb, given: Pick<Reply, 'fields'> | undefined): Response {
  const asked = verb === 'read' || verb === 'list'
  if (!given) return { requestId, status: asked ? 404 : 204 }
  const { status, data, warnings, auth, wrap, form, verbatim, leaseDuration, headers, stream } = given.fields
  if (verb === 'list' && isEmpty(data) && !warnings?.length) return { requestId, status: 404 }
  // A 404 that an engine chose itself and says nothing with has no body at all; silence has `{"errors":[]}`.
  if (status === 404 && !data && !warnings?.length) return { requestId, status, verbatim: '' }
  const says = data ?? auth ?? wrap ?? verbatim ?? stream ?? (warnings?.length ? warnings : undefined)
  return {
    requestId,
    status: status ?? (says === undefined ? (asked ? 404 : 204) : 200),
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

const isEmpty = (data: Readonly<Record<string, unknown>> | undefined) =>
  data === undefined || (Array.isArray(data['keys']) && data['keys'].length === 0 && Object.keys(data).length === 1)
