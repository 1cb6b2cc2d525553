import { isRecord, type Answer } from '@chatelaine/client'
import { goQuoted, goText, goTime, humanDuration, looksLikeDuration, sortedEntries } from './go-text.js'

type Pair = readonly [name: string, value: unknown]

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
    ['token_policies', goQuoted(auth.token_policies ?? [])],
    ['identity_policies', goQuoted(auth.identity_policies ?? [])],
    ['policies', goQuoted(auth.policies ?? [])],
    ...sortedEntries(auth.metadata ?? {}).map(([key, value]): Pair => [`token_meta_${key}`, value]),
  ]
}

function wrapRows({ wrapInfo }: Answer): Pair[] {
  if (!wrapInfo) return []
  return [
    ['wrapping_token:', wrapInfo.token],
    ['wrapping_accessor:', wrapInfo.accessor],
    ['wrapping_token_ttl:', humanDuration(wrapInfo.ttl)],
    ['wrapping_token_creation_time:', goTime(wrapInfo.creation_time)],
    ['wrapping_token_creation_path:', wrapInfo.creation_path],
    ...(wrapInfo.wrapped_accessor ? [['wrapped_accessor:', wrapInfo.wrapped_accessor] as const] : []),
  ]
}

/**
 * The value `-field` asks for, as the server gave it and not as a table shows it: of the token, of the wrapping or of the answer
 * by Vault's names, else of the data. Absent is undefined.
 */
export function fieldOf(answer: Answer, field: string): unknown {
  const { auth, wrapInfo, data } = answer
  const own = auth ? tokenFields(auth) : wrapInfo ? wrappingFields(wrapInfo) : { ...answerFields(answer), data: dataField(answer) }
  if (Object.hasOwn(own, field)) return own[field]
  return data && Object.hasOwn(data, field) ? data[field] : undefined
}

/** The fields of the answer itself, around its data. */
export function answerFields({ body, requestId }: Answer): Readonly<Record<string, unknown>> {
  const { lease_id: id = '', lease_duration: seconds = 0, renewable = false } = isRecord(body) ? body : {}
  return { lease_id: id, lease_duration: seconds, renewable, request_id: requestId, refresh_interval: seconds }
}

const tokenFields = (auth: NonNullable<Answer['auth']>): Readonly<Record<string, unknown>> => ({
  token: auth.client_token,
  token_accessor: auth.accessor,
  token_duration: auth.lease_duration,
  token_renewable: auth.renewable,
  token_policies: auth.token_policies ?? [],
  identity_policies: auth.identity_policies ?? [],
  policies: auth.policies ?? [],
})

const wrappingFields = (wrap: NonNullable<Answer['wrapInfo']>): Readonly<Record<string, unknown>> => ({
  wrapping_token: wrap.token,
  wrapping_accessor: wrap.accessor,
  wrapping_token_ttl: wrap.ttl,
  wrapping_token_creation_time: wrap.creation_time,
  wrapping_token_creation_path: wrap.creation_path,
  wrapped_accessor: wrap.wrapped_accessor ?? '',
})

/** A field that is really called "data", as in an answer of KV version 2, or all of the data. */
const dataField = ({ data }: Answer): unknown => (data && Object.hasOwn(data, 'data') ? data['data'] : data)
