import { canonical } from '@chatelaine/sdk'
import { PolicyError } from './errors.js'

/**
 * The one form in which a policy's name is compared and kept. A name that would have to be trimmed is refused and
 * not mended, so that what was judged as `" root"` cannot be `root` afterwards. The empty name stays empty. Requests come with
 * names in this form already, for their schemas declare it; this is for the names that an auth method grants.
 */
export function normalizePolicyName(name: string): string {
  const only = canonical('policy-name', name)
  if (only === undefined) throw PolicyError.badName()
  return only
}

/** Whether a token or an entity may bear this policy. Who may hand out `root` is the token store's decision. */
export function assignable(name: string): boolean {
  const only = canonical('policy-name', name)
  return only !== undefined && only !== '' && only !== 'response-wrapping'
}

/** Whether `sys/policy` may write it. */
export function writable(name: string): boolean {
  return assignable(name) && canonical('policy-name', name) !== 'root'
}

/** Whether `sys/policy` may delete it. */
export function deletable(name: string): boolean {
  return writable(name) && canonical('policy-name', name) !== 'default'
}
