import type { Auth, Caller } from '@chatelaine/sdk'

/**
 * A token as it is kept, one record each, under a key that does not reveal it. Times are unix seconds, with thousandths; lengths
 * are whole seconds; 0 means none.
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
  /** Uses it was made with; left out for one without limit, and in records of before. */
  readonly uses?: number
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
  /** What its maker asked for beside what the role said. Left out where nothing was, and in records of before. */
  readonly asked?: Pick<TokenEntry, 'period' | 'explicitMaxTtl'>
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

/**
 * Seconds left, or 0 for a token that never expires. The second that has begun counts: a token that lives must not be said to have
 * 0 left, which is how one that never expires is told.
 */
export const ttlOf = ({ expireTime }: TokenEntry, now: number) =>
  expireTime === 0 ? 0 : Math.max(0, Math.ceil(Math.round((expireTime - now) * 1000) / 1000))

/** Whole seconds since a token was made. What is cut is in its holder's favour, and never adds up: the count begins at its making. */
export const ageOf = ({ creationTime }: TokenEntry, now: number) => Math.floor(Math.round((now - creationTime) * 1000) / 1000)

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
  num_uses: entry.uses ?? Math.max(0, entry.numUses),
})

/** RFC 3339 has four digits for the year; what lies beyond is shown as the last moment it can say. */
export const rfc3339 = (seconds: number) => new Date(Math.round(Math.min(seconds, 253_402_300_799) * 1000)).toISOString()

/** What lookup answers. `id` is left empty when somebody asked by accessor. */
export function describeToken(entry: TokenEntry, now: number, id = entry.id): Record<string, unknown> {
  return {
    accessor: entry.accessor,
    creation_time: Math.floor(entry.creationTime),
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
    ...(entry.lastRenewal > 0 && { last_renewal: rfc3339(entry.lastRenewal), last_renewal_time: Math.floor(entry.lastRenewal) }),
  }
}
