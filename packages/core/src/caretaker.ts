/** Work that is nobody's request: expiring tokens, rotating the barrier's key. */
export interface Chore {
  readonly name: string
  run(signal: AbortSignal): Promise<void>
}

/**
 * Does every chore in turn, waits, and begins again, until the returned function is called; that resolves when the chore at
 * hand has let go. A chore that fails is reported and tried again at its next turn.
 */
export function startCaretaker(chores: readonly Chore[], everyMs: number, report: (chore: string, error: unknown) => void): () => Promise<void> {
  const stopping = new AbortController()
  const { signal } = stopping
  const round = async () => {
    for (const chore of chores) {
      if (signal.aborted) return
      await chore.run(signal).catch((error: unknown) => report(chore.name, error))
    }
  }
  const going = (async () => {
    while (!signal.aborted) {
      await pause(everyMs, signal)
      await round()
    }
  })()
  return async () => {
    stopping.abort()
    await going
  }
}

/** Resolves after `ms`, or at once when told to stop. Does not keep a process alive that has nothing else to do. */
const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    timer.unref()
    signal.addEventListener('abort', done)
  })
