import { MemoryStorage, TelegramClient } from '@mtcute/node'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { silenceTeller } from './silence.js'
import { watchedTransport } from './transport.js'

async function portOfNobody(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function clientOf(port: number, say: (line: string) => void, connectMs = 15_000) {
  const main = { id: 2, ipAddress: '127.0.0.1', port }
  const defaultDcs = { main, media: { ...main, mediaOnly: true } }
  const silence = silenceTeller(say, 20)
  const transport = watchedTransport({ ...silence, times: { connectMs } })
  const telegram = new TelegramClient({ apiId: 1, apiHash: '0', storage: new MemoryStorage(), defaultDcs, transport, logLevel: 0 })
  telegram.onError.add(() => undefined)
  silence.follow(telegram)
  telegram.getMe().catch(() => undefined)
  return telegram
}

it('says where Telegram cannot be reached, and why, once', async () => {
  const port = await portOfNobody()
  const lines: string[] = []
  const telegram = clientOf(port, (line) => void lines.push(line))

  await expect.poll(() => lines).toContainEqual(expect.stringMatching(
    new RegExp(`^Telegram cannot be reached at 127\\.0\\.0\\.1:${port}: connection refused \\(ECONNREFUSED\\)\\. Still trying`),
  ))
  await telegram.destroy()
  expect(lines.filter((line) => line.includes('ECONNREFUSED'))).toHaveLength(1)
})

it('says that Telegram does not answer when somebody listens there and is mute', async () => {
  const mute = createServer().listen(0, '127.0.0.1')
  await once(mute, 'listening')
  const lines: string[] = []
  const telegram = clientOf((mute.address() as AddressInfo).port, (line) => void lines.push(line))

  await expect.poll(() => lines).toContain('Telegram does not answer; still trying.')
  await telegram.destroy()
  mute.close()
})
