import { shortDuration } from '@chatelaine/sdk'

/** What bounds a token's life, in seconds; 0 means "not set". */
export interface Bounds {
  readonly ttl: number
  readonly period: number
  readonly explicitMaxTtl: number
  /** The role's or method's maximum; the mount's applies as well. */
  readonly maxTtl: number
  readonly mountDefault: number
  readonly mountMax: number
}

export interface Lifetime {
  readonly ttl: number
  readonly warnings: readonly string[]
}

const capped = (what: 'TTL' | 'period', wanted: number, limit: number) =>
  `${what} of "${shortDuration(wanted)}" exceeded the effective max_ttl of "${shortDuration(limit)}"; ${what} value is capped accordingly`

/**
 * How long a token may live from now, given how long ago it was made. A period starts anew at each renewal and knows no
 * maximum but the explicit one, which counts from creation and beats everything.
 */
export function lifetime(bounds: Bounds, age: number): Lifetime {
  const { period, explicitMaxTtl, maxTtl, mountMax } = bounds
  const explicit = explicitMaxTtl > 0 ? Math.max(0, explicitMaxTtl - age) : Infinity
  if (period > 0) {
    const warnings = period > mountMax ? [capped('period', period, mountMax)] : []
    return { ttl: Math.min(period, mountMax, explicit), warnings }
  }
  const wanted = bounds.ttl || bounds.mountDefault
  const left = Math.max(0, (maxTtl > 0 ? Math.min(maxTtl, mountMax) : mountMax) - age)
  const ttl = Math.min(wanted, left, explicit)
  return { ttl, warnings: ttl < wanted ? [capped('TTL', wanted, ttl)] : [] }
}
