import { CliError, type Io } from '@chatelaine/cli'

/** How often a line that changes is written again. */
const everyMs = 100
const clear = '\r\u001b[K'

/** Says how far something has come; `of` is 0 where nobody knows. Throws once somebody wants it stopped. */
export type Step = (doing: string, done: number, of: number) => void

/**
 * Runs long work with one line on a terminal that says how far it has come. A signal ends it at its next step and in good
 * order, so that what it was about to leave half done is cleared away; a second one ends the process.
 */
export async function withProgress<T>({ stderr }: Pick<Io, 'stderr'>, work: (step: Step) => Promise<T>): Promise<T> {
  let [last, before, stopped] = [0, '', false]
  const stop = () => void (stopped = true)
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const step: Step = (doing, done, of) => {
    if (stopped) throw CliError.interrupted()
    const now = Date.now()
    if (!stderr.isTTY || (doing === before && now - last < everyMs)) return
    last = now
    before = doing
    stderr.write(clear + (of > 0 ? `${doing}: ${Math.min(100, Math.floor((done / of) * 100))} %` : `${doing}: ${done}`))
  }
  try {
    return await work(step)
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
    if (before !== '') stderr.write(clear)
  }
}
