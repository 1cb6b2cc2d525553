import { isRecord, type Answer, type Data } from '@chatelaine/client'
import { sortedEntries } from './go-text.js'

/**
 * An answer as Vault's command line prints it in JSON and YAML: the envelope with its fields in Vault's order and what is not there
 * left out, and data sorted by name.
 */
export function envelopeOf({ body, auth, wrapInfo, warnings, data }: Answer): Data {
  const at = isRecord(body) ? body : {}
  return {
    request_id: at['request_id'] ?? '',
    lease_id: at['lease_id'] ?? '',
    lease_duration: at['lease_duration'] ?? 0,
    renewable: at['renewable'] ?? false,
    data: data ? sorted(data) : null,
    warnings: warnings.length ? warnings : null,
    auth: auth && ordered(authFields, auth as unknown as Data),
    wrap_info: wrapInfo && ordered(wrapFields, wrapInfo as unknown as Data),
    mount_type: at['mount_type'] || undefined,
  }
}

/** Field by field, in the order of printing: what stands for it where the answer is silent. `undefined` leaves it out where it says nothing. */
export type Fields = Readonly<Record<string, unknown>>

const authFields: Fields = {
  client_token: '', accessor: '', policies: null, token_policies: null, identity_policies: null, metadata: null, orphan: false, entity_id: '',
  lease_duration: 0, renewable: false, mfa_requirement: null,
}

const wrapFields: Fields = { token: '', accessor: '', ttl: 0, creation_time: '0001-01-01T00:00:00Z', creation_path: '', wrapped_accessor: '' }

/** The declared fields of a record, in the order in which they are declared. */
export const ordered = (fields: Fields, value: Data): Data =>
  Object.fromEntries(Object.entries(fields).map(([name, silent]) => [name, silent === undefined ? filled(value[name]) : sorted(value[name] ?? silent)]))

/** What says nothing is left out, as by Go's `omitempty`. */
const filled = (value: unknown): unknown => (!value || (Array.isArray(value) && value.length === 0) ? undefined : sorted(value))

/** Keys in order at every depth, as Go's encoder writes maps. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isRecord(value)) return value
  return Object.fromEntries(sortedEntries(value).map(([key, inner]) => [key, sorted(inner)]))
}
