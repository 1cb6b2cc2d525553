import type { Answer } from '@chatelaine/client'
import { isRecord } from '@chatelaine/client'
import { goQuoted, goText, humanDuration, looksLikeDuration, sortedEntries } from './go-text.js'

type Pair = readonly [name: string, value: unknown]

/** An answer as Vault's command line prints it in JSON and YAML: the envelope, with what is not there left out. */
export function envelopeOf({ body, auth, wrapInfo, warnings, data }: Answer): Readonly<Record<string, unknown>> {
  const at = isRecord(body) ? body : {}
  return {
    request_id: at['request_id'] ?? '',
    lease_id: at['lease_id'] ?? '',
    lease_duration: at['lease_duration'] ?? 0,
    renewable: at['renewable'] ?? false,
    data: data ? sorted(data) : null,
    warnings: warnings.length ? warnings : null,
    auth,
    wrap_info: wrapInfo,
  }
}

/** Keys in order at every depth, as Go's encoder writes maps. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isRecord(value)) return value
  return Object.fromEntries(sortedEntries(value).map(([key, inner]) => [key, sorted(inner)]))
}

/** The rows of an answer's table: lease, token, wrapping, then the data by name. */
export function secretRows(answer: Answer): string[][] {
  const rows: Pair[] = [...leaseRows(answer), ...authRows(answer), ...wrapRows(answer)]
  return [...rows.map(([name, value]) => [name, goText(value)]), ...dataRows(answer.data ?? {})]
}

export const dataRows = (data: object): string[][] =>
  sortedEntries(data).map(([name, value]) => [name, looksLikeDuration(name) ? humanDuration(value) : goText(value)])

function leaseRows({ body }: Answer): Pair[] {
  const { lease_id: id, lease_duration: duration, renewable } = isRecord(body) ? body : {}
  if (typeof duration !== 'number' || duration <= 0) return []
  if (!id) return [['refresh_interval', humanDuration(duration)]]
  return [['lease_id', id], ['lease_duration', humanDuration(duration)], ['lease_renewable', renewable]]
}

function authRows({ auth }: Answer): Pair[] {
  if (!auth) return []
  return [
    ['token', auth.client_token],
    ['token_accessor', auth.accessor],
    ['token_duration', auth.lease_duration === 0 ? '∞' : humanDuration(auth.lease_duration)],
    ['token_renewable', auth.renewable],
    ['token_policies', goQuoted(auth.token_policies)],
    ['identity_policies', goQuoted(auth.identity_policies)],
    ['policies', goQuoted(auth.policies)],
    ...sortedEntries(auth.metadata ?? {}).map(([key, value]): Pair => [`token_meta_${key}`, value]),
  ]
}

function wrapRows({ wrapInfo }: Answer): Pair[] {
  if (!wrapInfo) return []
  return [
    ['wrapping_token:', wrapInfo.token],
    ['wrapping_accessor:', wrapInfo.accessor],
    ['wrapping_token_ttl:', humanDuration(wrapInfo.ttl)],
    ['wrapping_token_creation_time:', wrapInfo.creation_time],
    ['wrapping_token_creation_path:', wrapInfo.creation_path],
    ...(wrapInfo.wrapped_accessor ? [['wrapped_accessor:', wrapInfo.wrapped_accessor] as const] : []),
  ]
}

/** The value `-field` asks for: of the token, the wrapping or the lease by their table names, else of the data. */
export function fieldOf(answer: Answer, field: string): unknown {
  const { auth } = answer
  const lists: Readonly<Record<string, readonly string[] | undefined>> = {
    token_policies: auth?.token_policies, identity_policies: auth?.identity_policies, policies: auth?.policies,
  }
  if (auth && field in lists) return lists[field] ?? []
  const own = [...leaseRows(answer), ...authRows(answer), ...wrapRows(answer)].find(([name]) => name.replace(/:$/, '') === field)
  if (own) return own[1]
  return answer.data && Object.hasOwn(answer.data, field) ? answer.data[field] : undefined
}
