import { getSystemErrorMap } from 'node:util'

const words = new Map([...getSystemErrorMap().values()].map(([name, text]) => [name, text] as const))
// The resolver's own, which are not in the system's table.
words.set('ENOTFOUND', 'there is no such host').set('EAI_AGAIN', 'names cannot be looked up right now')

/** Whether the operating system refused, and says why. */
export const isSystemError = (error: unknown): error is NodeJS.ErrnoException & { readonly code: string; readonly address?: string; readonly port?: number } =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && words.has(error.code)

/** The system's reason in its own words, with its short name: `permission denied (EACCES)`. */
export function reasonOf(error: unknown): string {
  if (isSystemError(error)) return `${words.get(error.code)} (${error.code})`
  // Several addresses were tried: each has a reason, and they are mostly the same.
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  return error instanceof Error ? error.name : 'unknown'
}
