import type { Auth, Caller } from '@chatelaine/sdk'

/**
 * A token as it is kept, one record each, under a key that does not reveal it. Times are unix seconds, lengths seconds;
 * 0 means none.
 */
export interface TokenEntry {
  /** The token itself: only ever inside the encrypted record. */
  readonly id: string
  readonly accessor: string
  readonly policies: readonly string[]
  readonly path: string
  readonly meta: Readonly<Record<string, string>> | null
  readonly displayName: string
  /** Uses left; 0 is unlimited, -1 is spent or being revoked: good for nothing any more. */
  readonly numUses: number
  readonly creationTime: number
  readonly creationTtl: number
  readonly explicitMaxTtl: number
  readonly period: number
  readonly maxTtl: number
  readonly renewable: boolean
  readonly orphan: boolean
  /** The storage name of the parent; empty for an orphan. */
  readonly parent: string
  readonly type: 'service'
  readonly role: string
  readonly entityId: string
  readonly expireTime: number
  readonly lastRenewal: number
}

/** A token found in storage, with what a guarded change of it needs. */
export interface Token {
  /** Names the token in storage: a keyed hash of it. */
  readonly key: string
  readonly revision: bigint
  readonly entry: TokenEntry
}

export const callerOf = ({ key, entry }: Token): Caller => ({
  accessor: entry.accessor,
  tokenKey: key,
  displayName: entry.displayName,
  policies: entry.policies,
  entityId: entry.entityId,
  metadata: entry.meta ?? {},
})

/** Seconds left, or 0 for a token that never expires. */
export const ttlOf = ({ expireTime }: TokenEntry, now: number) => (expireTime === 0 ? 0 : Math.max(0, expireTime - now))

export const isExpired = ({ expireTime }: TokenEntry, now: number) => expireTime !== 0 && expireTime <= now

/** The `auth` block that hands a token out, or confirms a renewal. */
export const authOf = (entry: TokenEntry, now: number): Auth => ({
  client_token: entry.id,
  accessor: entry.accessor,
  policies: entry.policies,
  token_policies: entry.policies,
  metadata: entry.meta,
  lease_duration: ttlOf(entry, now),
  renewable: entry.renewable,
  entity_id: entry.entityId,
  token_type: entry.type,
  orphan: entry.orphan,
  mfa_requirement: null,
  num_uses: Math.max(0, entry.numUses),
})

/** RFC 3339 has four digits for the year; what lies beyond is shown as the last moment it can say. */
const rfc3339 = (seconds: number) => new Date(Math.min(seconds, 253_402_300_799) * 1000).toISOString()

/** What lookup answers. `id` is left empty when somebody asked by accessor. */
export function describeToken(entry: TokenEntry, now: number, id = entry.id): Record<string, unknown> {
  return {
    accessor: entry.accessor,
    creation_time: entry.creationTime,
    creation_ttl: entry.creationTtl,
    display_name: entry.displayName,
    entity_id: entry.entityId,
    expire_time: entry.expireTime === 0 ? null : rfc3339(entry.expireTime),
    explicit_max_ttl: entry.explicitMaxTtl,
    id,
    issue_time: rfc3339(entry.creationTime),
    meta: entry.meta,
    num_uses: Math.max(0, entry.numUses),
    orphan: entry.orphan,
    path: entry.path,
    policies: entry.policies,
    renewable: entry.renewable,
    ttl: ttlOf(entry, now),
    type: entry.type,
    ...(entry.period > 0 && { period: entry.period }),
    ...(entry.role !== '' && { role: entry.role }),
    ...(entry.lastRenewal > 0 && { last_renewal: rfc3339(entry.lastRenewal), last_renewal_time: entry.lastRenewal }),
  }
}
