/** A path of a rule, taken apart once. Worked example: `secret/+/db*` is below. */
export interface Pattern {
  readonly text: string
  /** No wildcard at all. */
  readonly exact: boolean
  /** Ends in `*`: true. */
  readonly prefix: boolean
  /** The path without that `*`, in segments: `secret`, `+`, `db`. */
  readonly segments: readonly string[]
  /** Where the first wildcard stands: 7. */
  readonly firstWildcard: number
  /** Segments of `+`: 1. */
  readonly plusses: number
  /** Characters without the `*`: 11. */
  readonly length: number
}

export function parsePattern(text: string): Pattern {
  const prefix = text.endsWith('*')
  const literal = prefix ? text.slice(0, -1) : text
  const segments = literal.split('/')
  const plusses = segments.filter((segment) => segment === '+').length
  const firstPlus = segments.indexOf('+')
  const before = segments.slice(0, Math.max(firstPlus, 0)).join('/').length
  const plusAt = firstPlus > 0 ? before + 1 : 0
  return {
    text,
    prefix,
    segments,
    plusses,
    exact: !prefix && plusses === 0,
    firstWildcard: plusses ? plusAt : literal.length,
    length: literal.length,
  }
}

/**
 * Which of two patterns that match the same path decides: positive when `a` does. Vault's order: the later first
 * wildcard; no `*` at the end; fewer `+`; the longer; the lexicographically greater.
 */
export function comparePatterns(a: Pattern, b: Pattern): number {
  return (
    a.firstWildcard - b.firstWildcard ||
    Number(b.prefix) - Number(a.prefix) ||
    b.plusses - a.plusses ||
    a.length - b.length ||
    (a.text > b.text ? 1 : a.text < b.text ? -1 : 0)
  )
}

/** A path on or under `address` that the pattern matches, if there is one. `address` ends in a slash. */
export function witnessUnder({ segments, prefix }: Pattern, address: string): string | undefined {
  const parts = address.split('/').slice(0, -1)
  for (const [at, part] of parts.entries()) {
    const segment = segments[at]
    if (segment === undefined) return undefined
    if (prefix && at === segments.length - 1) return part.startsWith(segment) ? address : undefined
    if (segment !== '+' && segment !== part) return undefined
  }
  // No path holds a control character, so the one put for `+` cannot be what another rule spells out.
  return address + segments.slice(parts.length).map((segment) => (segment === '+' ? '\0' : segment)).join('/')
}
