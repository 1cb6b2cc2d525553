import type { TelegramClient } from '@mtcute/node'

/**
 * Says when Telegram has not been reached for a while, and when it is again. mtcute tries for ever, which is right for a
 * userbot, but whoever watches must not take silence for work.
 */
export function tellSilence(telegram: TelegramClient, say: (line: string) => void, afterMs = 15_000): void {
  let timer: NodeJS.Timeout | undefined
  let told = false
  const silent = () => {
    if (telegram.stopSignal.aborted) return
    told = true
    say('Telegram does not answer; still trying.')
  }
  telegram.onConnectionState.add((state) => {
    if (state === 'connecting' && !told) timer ??= setTimeout(silent, afterMs).unref()
    if (state !== 'connected') return
    clearTimeout(timer)
    timer = undefined
    if (told) say('Telegram answers again.')
    told = false
  })
}
