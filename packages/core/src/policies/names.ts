import { PolicyError } from './errors.js'

/** Control, format (invisible) and surrogate characters, and every space but the ordinary one within. */
const forbidden = /[\p{Cc}\p{Cf}\p{Cs}]|(?! )\p{Z}|^ | $/u

/**
 * The one form in which a policy's name is compared and kept. A name that would have to be trimmed is refused and
 * not mended, so that what was judged as `" root"` cannot be `root` afterwards. The empty name stays empty.
 */
export function normalizePolicyName(name: string): string {
  const lower = name.toLowerCase()
  if (forbidden.test(name) || forbidden.test(lower)) throw PolicyError.badName()
  return lower
}

/** Whether a token or an entity may bear this policy. Who may hand out `root` is the token store's decision. */
export function assignable(name: string): boolean {
  return legal(name) && name.toLowerCase() !== 'response-wrapping'
}

/** Whether `sys/policy` may write it. */
export function writable(name: string): boolean {
  return assignable(name) && name.toLowerCase() !== 'root'
}

/** Whether `sys/policy` may delete it. */
export function deletable(name: string): boolean {
  return writable(name) && name.toLowerCase() !== 'default'
}

function legal(name: string): boolean {
  return name !== '' && !forbidden.test(name)
}
