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

/** What a shell calls the end by SIGHUP. */
const hungUp = 129

/** Whether somebody sits at a terminal, which may be closed. Without one a SIGHUP is none of our business, as under nohup. */
const onTerminal = () => [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY === true)

export interface Stop {
  /** Resolves with the exit code when somebody asks the process to stop: 0, or 129 when the terminal was closed. */
  readonly asked: Promise<number>
  release(): void
}

/** For what runs until it is told to stop and has nothing to reload. */
export function untilStopped(): Stop {
  const terminal = onTerminal()
  let release: () => void = () => undefined
  const asked = new Promise<number>((resolve) => {
    release = onSignal({ stop: () => resolve(0), reload: () => (terminal ? resolve(hungUp) : undefined) })
  })
  return { asked, release: () => release() }
}
