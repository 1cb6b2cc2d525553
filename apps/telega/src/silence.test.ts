import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { MemoryStorage, TelegramClient } from '@mtcute/node'
import { expect, it, vi } from 'vitest'
import { tellSilence } from './silence.js'

it('says that Telegram does not answer when nobody listens there', async () => {
  const gone = createServer().listen(0, '127.0.0.1')
  await once(gone, 'listening')
  const main = { id: 2, ipAddress: '127.0.0.1', port: (gone.address() as AddressInfo).port }
  gone.close()
  const defaultDcs = { main, media: { ...main, mediaOnly: true } }
  const telegram = new TelegramClient({ apiId: 1, apiHash: '0', storage: new MemoryStorage(), defaultDcs, logLevel: 0 })
  const lines: string[] = []
  tellSilence(telegram, (line) => void lines.push(line), 20)

  telegram.getMe().catch(() => undefined)

  await vi.waitUntil(() => lines.length > 0)
  expect(lines).toEqual(['Telegram does not answer; still trying.'])
  await telegram.destroy()
})
