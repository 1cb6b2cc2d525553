import { stringifyJson } from './json.js'
import { isHeavy, jsonPieces, textPieces } from './json-writer.js'
import type { Response } from './request.js'
import type { Sliced } from './slices.js'

/** The JSON text of an answer as Vault's clients expect it, or undefined when there is nothing to say (204, bare 404). */
export function envelope(response: Response): string | undefined {
  if (response.verbatim !== undefined) return response.verbatim
  const body = bodyOf(response)
  return body && stringifyJson(body)
}

/** The same in pieces, for an answer that is too large to be made in one go. Undefined where one go will do. */
export function heavyEnvelope(response: Response): Sliced<Uint8Array[]> | undefined {
  const { verbatim, data } = response
  if (verbatim !== undefined) return isHeavy(verbatim) ? textPieces(verbatim) : undefined
  return data && isHeavy(data) ? jsonPieces(bodyOf(response)) : undefined
}

function bodyOf(response: Response): Readonly<Record<string, unknown>> | undefined {
  const { data, auth, wrap, warnings, form } = response
  if (form === 'bare') return data ?? {}
  if (!data && !auth && !wrap && !warnings?.length) return undefined
  const body = {
    request_id: response.requestId,
    lease_id: '',
    renewable: false,
    lease_duration: leaseOf(response),
    data: data ?? null,
    wrap_info: wrap ?? null,
    warnings: warnings?.length ? warnings : null,
    auth: auth ?? null,
  }
  return form === 'legacy' ? { ...data, ...body } : body
}

/** KV v1 answers with the time a reader may keep a value, though nothing is leased. */
const leaseOf = ({ leaseDuration }: Response) => leaseDuration ?? 0
