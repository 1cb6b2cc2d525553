import type { TelegramClient } from '@mtcute/node'
import type { TransportWatch } from './transport.js'

export interface SilenceTeller extends TransportWatch {
  /** Follows a client, to say when Telegram answers again. */
  follow(telegram: TelegramClient): void
}

/**
 * Says when Telegram cannot be reached, with the address and the reason, and when it is there again. mtcute tries for ever, which is
 * right for a userbot, but whoever watches must not take silence for work. Each reason is said once until it is over.
 */
export function silenceTeller(say: (line: string) => void, afterMs = 15_000): SilenceTeller {
  let told: string | undefined
  let stopped = () => false
  let timer: NodeJS.Timeout | undefined
  const tell = (line: string) => {
    if (told === line || stopped()) return
    told = line
    say(line)
  }
  return {
    failed: (address, reason) => tell(`Telegram cannot be reached at ${address}: ${reason}. Still trying; is this machine on the network, and may it connect there?`),
    silent: (address, seconds) => tell(`Telegram at ${address} has sent nothing for ${seconds} seconds, so the connection is made anew.`),
    // A connection is no answer: somebody may listen there and be mute.
    heard() {
      clearTimeout(timer)
      timer = undefined
      if (told !== undefined) say('Telegram answers again.')
      told = undefined
    },
    follow(telegram) {
      stopped = () => telegram.stopSignal.aborted
      telegram.onConnectionState.add((state) => {
        if (state === 'connecting' && told === undefined) timer ??= setTimeout(() => tell('Telegram does not answer; still trying.'), afterMs).unref()
      })
    },
  }
}
