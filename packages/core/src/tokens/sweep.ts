import { CoreError } from '../errors.js'
import type { TokenStore } from './store.js'

const batch = 100
/** Revocations wait for storage most of the time, and storage takes many commits at once. */
const atOnce = 16

/**
 * Revokes what is due, oldest first, until nothing is or `signal` says stop. One failing token is reported and left for the
 * next sweep; it does not keep the others alive. That this is no longer the caretaker is no failure of a token, and ends it.
 * Returns the rows of those that failed.
 */
export async function sweep(
  store: Pick<TokenStore, 'due' | 'expire'>,
  forget: (key: string) => Promise<void>,
  report: (error: unknown, row: string) => void,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const failed = new Set<string>()
  const expire = (row: string) =>
    store.expire(row, forget).catch((error: unknown) => {
      if (CoreError.notCaretaker.is(error)) throw error
      failed.add(row)
      report(error, row)
    })
  while (!signal.aborted) {
    const due = (await store.due(batch + failed.size)).filter((row) => !failed.has(row))
    if (due.length === 0) return failed
    while (due.length > 0 && !signal.aborted) await Promise.all(due.splice(0, atOnce).map(expire))
  }
  return failed
}
