import { pause } from './pause.js'

export interface Following {
  readonly everyMs: number
  /** Looks at what other nodes have done, and does the same here. */
  look(): Promise<void>
  report(error: unknown): void
}

/**
 * Looks again and again until the returned function is called; that resolves when the last look is over. A failure is reported
 * once, until a look has succeeded again.
 */
export function startFollowing({ everyMs, look, report }: Following): () => Promise<void> {
  const stopping = new AbortController()
  const { signal } = stopping
  let failing = false
  const going = (async () => {
    for (;;) {
      await pause(everyMs, signal)
      if (signal.aborted) return
      try {
        await look()
        failing = false
      } catch (error) {
        if (!failing && !signal.aborted) report(error)
        failing = true
      }
    }
  })()
  return async () => {
    stopping.abort()
    await going
  }
}
