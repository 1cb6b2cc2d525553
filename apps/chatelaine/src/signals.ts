/**
 * Calls back on SIGINT and SIGTERM (`stop`) and on SIGHUP (`reload`), until the returned function is called. A second SIGINT,
 * from somebody who has lost patience, ends the process at once.
 */
export function onSignal({ stop, reload }: { readonly stop: () => void; readonly reload: () => void }): () => void {
  let asked = false
  const end = () => {
    if (asked) process.exit(130)
    asked = true
    stop()
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  process.on('SIGHUP', reload)
  return () => {
    process.off('SIGHUP', reload)
    process.off('SIGTERM', end)
    // SIGINT stays, for the impatient; it holds nothing open.
  }
}

/** Resolves when somebody asks the process to stop. */
export const stopAsked = () =>
  new Promise<void>((resolve) => {
    onSignal({ stop: resolve, reload: () => undefined })
  })
