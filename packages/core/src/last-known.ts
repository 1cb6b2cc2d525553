import { CoreError } from './errors.js'
import { within } from './pause.js'

export interface Asking<T> {
  ask(): Promise<T>
  /** How long an answer may take. */
  readonly patienceMs: number
  /** Whether asking is known to be in vain. */
  hopeless(): boolean
}

/** Asks, and gives what was known last where no answer comes in time: for who would rather hear that than nothing. */
export function lastKnown<T extends object>({ ask, patienceMs, hopeless }: Asking<T>): () => Promise<T> {
  let known: T | undefined
  return async () => {
    if (known && hopeless()) return known
    const asked = ask().then((answer) => (known = answer))
    try {
      const answer = await within(patienceMs, asked)
      if (answer) return answer
    } catch (error) {
      if (!known) throw error
    }
    asked.catch(() => undefined)
    if (!known) throw CoreError.storageSilent()
    return known
  }
}
