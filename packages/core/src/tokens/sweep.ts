import type { TokenStore } from './store.js'

const batch = 100

/**
 * Revokes what is due, oldest first, until nothing is or `signal` says stop. One failing token is reported and left for the
 * next sweep; it does not keep the others alive.
 */
export async function sweep(
  store: TokenStore,
  forget: (key: string) => Promise<void>,
  report: (error: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  const failed = new Set<string>()
  while (!signal.aborted) {
    const due = (await store.due(batch + failed.size)).filter((row) => !failed.has(row))
    if (due.length === 0) return
    for (const row of due) {
      if (signal.aborted) return
      await store.expire(row, forget).catch((error: unknown) => {
        failed.add(row)
        report(error)
      })
    }
  }
}
