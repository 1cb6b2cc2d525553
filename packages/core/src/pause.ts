/** Resolves after `ms`, or at once when told to stop. Does not keep a process alive that has nothing else to do. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise<void>((resolve) => {
    if (signal?.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    timer.unref()
    signal?.addEventListener('abort', done)
  })

/** What `work` comes to, or undefined when that takes longer than `ms`. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const enough = new AbortController()
  try {
    return await Promise.race([work, pause(ms, enough.signal).then(() => undefined)])
  } finally {
    enough.abort()
  }
}
