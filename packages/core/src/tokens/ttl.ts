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

const capped = (what: string, wanted: number, limit: number) =>
  `${what} of "${wanted}s" exceeded the effective max_ttl of "${limit}s"; TTL value is capped accordingly`

/**
 * How long a token may live from now, given how long ago it was made. A period starts anew at each renewal and knows no
 * maximum but the explicit one, which counts from creation and beats everything.
 */
export function lifetime(bounds: Bounds, age: number): Lifetime {
  const warnings: string[] = []
  const limit = bounds.maxTtl > 0 ? Math.min(bounds.maxTtl, bounds.mountMax) : bounds.mountMax
  let ttl = bounds.period > 0 ? bounds.period : bounds.ttl || Math.min(bounds.mountDefault, limit)
  if (bounds.period > 0) {
    if (ttl > bounds.mountMax) {
      warnings.push(capped('Period', ttl, bounds.mountMax))
      ttl = bounds.mountMax
    }
  } else {
    const left = Math.max(0, limit - age)
    if (ttl > left) {
      if (bounds.ttl > 0) warnings.push(capped('TTL', ttl, left))
      ttl = left
    }
  }
  if (bounds.explicitMaxTtl > 0) {
    const left = Math.max(0, bounds.explicitMaxTtl - age)
    if (ttl > left) {
      if (bounds.ttl > 0) warnings.push(capped('TTL', ttl, left))
      ttl = left
    }
  }
  return { ttl, warnings }
}
