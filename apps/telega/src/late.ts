import type { Clocks } from './clock.js'
import { isFresh, type Incoming } from './incoming.js'
import { Refusals } from './refusals.js'

const askAgain = 'That came too late to be answered. Please ask again.'
/** As many people as one userbot will ever know; more would be a memory that grows without end. */
const mostKnown = 10_000

export interface Lateness {
  /** The Vault has known this sender since we began. */
  knows(senderId: number): void
  /** Whether a message that looks too old only does so because time has been misjudged. */
  isFreshAfterAll(incoming: Incoming): Promise<boolean>
  /** Writes down that a command was dropped, and tells its sender if it is somebody known. */
  tell(incoming: Incoming): Promise<void>
}

interface Watch {
  readonly clocks: Clocks
  say(line: string): void
  report(error: unknown): void
}

/**
 * What happens to commands that come too late, as after a connection was down. They are not carried out, because an old message may be
 * a replay; but asking its sender to ask again gives nothing away, to somebody the Vault has known before: strangers get silence.
 */
export function lateness({ clocks, say, report }: Watch, answer: (incoming: Incoming, text: string) => Promise<void>): Lateness {
  const known = new Set<number>()
  const told = new Refusals()
  let comparing: Promise<void> | undefined
  return {
    knows(senderId) {
      if (known.size < mostKnown) known.add(senderId)
    },
    async isFreshAfterAll(incoming) {
      comparing ??= clocks.compare().catch(report).finally(() => (comparing = undefined))
      await comparing
      return isFresh(incoming, clocks.seconds())
    },
    async tell(incoming) {
      const { senderId, sentAt } = incoming
      if (!told.allow(senderId, clocks.seconds())) return
      const seconds = clocks.seconds() - sentAt
      const age = seconds > 0 ? `is ${seconds} seconds old` : `is dated ${-seconds} seconds ahead`
      say(`A command of ${senderId} ${age} and was not carried out${known.has(senderId) ? '; its sender is told to ask again' : ''}.`)
      if (known.has(senderId)) await answer(incoming, askAgain)
    },
  }
}
