import { MemoryStorage, TelegramClient } from '@mtcute/node'
import { expect, it } from 'vitest'
import { tellSilence } from './silence.js'

it('says that Telegram does not answer when nobody listens there', async () => {
  const main = { id: 2, ipAddress: '127.0.0.1', port: 1 }
  const defaultDcs = { main, media: { ...main, mediaOnly: true } }
  const telegram = new TelegramClient({ apiId: 1, apiHash: '0', storage: new MemoryStorage(), defaultDcs, logLevel: 0 })
  const lines: string[] = []
  tellSilence(telegram, (line) => void lines.push(line), 20)

  telegram.getMe().catch(() => undefined)

  await expect.poll(() => lines).toEqual(['Telegram does not answer; still trying.'])
  await telegram.destroy()
})
