import type { TelegramClient } from '@mtcute/node'
import { explained, isSignedOut } from './trouble.js'

const everyMs = 5 * 60_000

/**
 * Resolves with the reason once Telegram no longer knows the session, and with undefined when `signal` is aborted. mtcute
 * stops listening in silence when somebody ends our session from another device, so we ask: after each reconnection, and
 * every few minutes. `also` is what else is looked after at these times.
 */
export function watchSession(telegram: TelegramClient, signal: AbortSignal, also: () => void): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const ask = () => {
      telegram.getMe().catch((error: unknown) => {
        if (isSignedOut(error) && !signal.aborted) finish(explained(error) as Error)
      })
      also()
    }
    const reconnected = (state: string) => {
      if (state === 'connected') ask()
    }
    const timer = setInterval(ask, everyMs)
    const finish = (reason: Error | undefined) => {
      clearInterval(timer)
      telegram.onConnectionState.remove(reconnected)
      resolve(reason)
    }
    telegram.onConnectionState.add(reconnected)
    signal.addEventListener('abort', () => finish(undefined), { once: true })
  })
}
