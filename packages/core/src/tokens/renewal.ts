import type { Renewal } from '@chatelaine/sdk'
import { TokenError } from '../errors.js'
import type { TokenEntry } from './entry.js'
import type { TokenRoles } from './roles.js'
import type { Bounds } from './ttl.js'

/** What a renewal keeps to, beside the mount. `ttl` is how long it gives when the caller asks for nothing. */
export type Limits = Pick<Bounds, 'ttl' | 'period' | 'explicitMaxTtl' | 'maxTtl'>

/** Asks the auth method at `path`; undefined where there is none, or where it does not say. */
export type RenewalAt = (path: string) => Promise<((token: Renewal['token']) => Promise<Renewal['bounds'] | undefined>) | undefined>

/** By what the role is now: who takes a role away, or makes it stricter, means the tokens that are out as well. */
export async function limitsByRole(roles: TokenRoles, entry: TokenEntry): Promise<Limits> {
  const role = await roles.get(entry.role)
  if (!role) throw TokenError.roleGone({ role: entry.role })
  if (!role.renewable) throw TokenError.notRenewable()
  const { period = 0, explicitMaxTtl = 0 } = entry.asked ?? {}
  return {
    ttl: entry.creationTtl,
    period: role.token_period || period,
    explicitMaxTtl: smallest(explicitMaxTtl, role.token_explicit_max_ttl),
    maxTtl: entry.maxTtl,
  }
}

/** The same for what an auth method knows of whom it let in. */
export async function limitsOfLogin(renewalAt: RenewalAt, entry: TokenEntry): Promise<Limits> {
  const own = { ttl: entry.creationTtl, period: entry.period, explicitMaxTtl: entry.explicitMaxTtl, maxTtl: entry.maxTtl }
  const ask = await renewalAt(entry.path)
  if (!ask) return own
  const bounds = await ask({ metadata: entry.meta ?? {} })
  if (!bounds) throw TokenError.loginGone()
  if (!sameNames(bounds.policies, entry.policies)) throw TokenError.policiesChanged()
  const { ttl = 0, period = 0, explicitMaxTtl = 0, maxTtl = 0 } = bounds
  return { ttl: ttl || own.ttl, period, explicitMaxTtl, maxTtl }
}

export const smallest = (a: number, b: number) => (a > 0 && b > 0 ? Math.min(a, b) : a || b)

/** `default` stands beside the others by another rule. */
function sameNames(a: readonly string[], b: readonly string[]): boolean {
  const [one, other] = [a, b].map((names) => [...new Set(names)].filter((name) => name !== 'default').sort().join('\n'))
  return one === other
}
