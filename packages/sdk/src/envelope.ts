import { stringifyJson } from './json.js'
import type { Response } from './request.js'

/** The JSON text of an answer as Vault's clients expect it, or undefined when there is nothing to say (204, bare 404). */
export function envelope(response: Response): string | undefined {
  const { data, auth, wrap, warnings, form, verbatim } = response
  if (verbatim !== undefined) return verbatim
  if (form === 'bare') return stringifyJson(data ?? {})
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
  return stringifyJson(form === 'legacy' ? { ...data, ...body } : body)
}

/** KV v1 answers with the time a reader may keep a value, though nothing is leased. */
const leaseOf = ({ leaseDuration }: Response) => leaseDuration ?? 0
