import { readFileSync } from 'node:fs'
import { TelegramClient } from '@mtcute/node'
import { NodeCryptoProvider } from '@mtcute/node/utils.js'
import { addPublicKey } from '@mtcute/core/utils.js'
import type { ITelegramStorageProvider } from '@mtcute/core'
import { accept } from './incoming.js'
import type { SessionKeys } from './session-keys.js'
import type { Settings } from './settings.js'
import { respond, type Desk } from './respond.js'

export interface TelegramOptions {
  readonly keys: SessionKeys
  readonly storage: ITelegramStorageProvider
  readonly server: Settings['server']
}

/** The only file that knows mtcute's client: a message comes in as facts, an answer goes out as text. */
export function openTelegram({ keys, storage, server }: TelegramOptions): TelegramClient {
  if (server?.keyFile) addPublicKey(new NodeCryptoProvider(), readFileSync(server.keyFile, 'utf8'))
  return new TelegramClient({
    apiId: keys.apiId,
    apiHash: keys.apiHash,
    storage,
    ...(server && { defaultDcs: dataCenters(server.address) }),
    // What arrived while we were away is fetched; what of it is too old to act on is dropped in `accept`.
    updates: { catchUp: true },
    logLevel: 0,
  })
}

function dataCenters(address: string) {
  const at = address.lastIndexOf(':')
  const main = { id: 2, ipAddress: address.slice(0, at), port: Number(address.slice(at + 1)) }
  return { main, media: { ...main, mediaOnly: true } }
}

/**
 * Answers messages until the returned function is called, which resolves when the last answer is out. `seconds` is the time.
 */
export async function serve(telegram: TelegramClient, desk: Desk, seconds: () => number): Promise<() => Promise<void>> {
  const underWay = new Set<Promise<void>>()
  const listener = (message: { readonly raw: Parameters<typeof accept>[0] }) => {
    const incoming = accept(message.raw, seconds())
    if (!incoming) return
    const done = (async () => {
      const text = await respond(desk, incoming)
      if (text !== undefined) await telegram.sendText(incoming.senderId, text, { replyTo: incoming.messageId })
    })().catch((error: unknown) => desk.report(error)).finally(() => void underWay.delete(done))
    underWay.add(done)
  }
  telegram.onNewMessage.add(listener)
  await telegram.startUpdatesLoop()
  return async () => {
    telegram.onNewMessage.remove(listener)
    await Promise.all(underWay)
  }
}
