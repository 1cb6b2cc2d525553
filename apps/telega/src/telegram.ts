import { readFileSync } from 'node:fs'
import { networkMiddlewares, type ITelegramStorageProvider } from '@mtcute/core'
import { addPublicKey } from '@mtcute/core/utils.js'
import { TelegramClient } from '@mtcute/node'
import { NodeCryptoProvider } from '@mtcute/node/utils.js'
import { TelegaError } from './errors.js'
import { tellSilence } from './silence.js'
import { alreadySent } from './trouble.js'
import type { SessionKeys } from './session-keys.js'
import type { Settings } from './settings.js'

export interface TelegramOptions {
  readonly keys: SessionKeys
  readonly storage: ITelegramStorageProvider
  readonly server: Settings['server']
  /** The longest flood wait to sit out, in seconds; a longer one fails the call. */
  readonly patience: number
  /** Told of each wait before it begins. */
  readonly say: (line: string) => void
}

/** A client of mtcute's, connected when it is first used. */
export function openTelegram({ keys, storage, server, patience, say }: TelegramOptions): TelegramClient {
  const floodWaiter = {
    maxWait: patience * 1000,
    onBeforeWait: (call: { readonly request: { readonly _: string } }, seconds: number) =>
      say(`Telegram asks to wait ${seconds} s before ${call.request._}.`),
  }
  const internalErrors = { exceptErrors: [alreadySent] }
  const telegram = new TelegramClient({
    apiId: keys.apiId,
    apiHash: keys.apiHash,
    storage,
    ...(server && { defaultDcs: own(server) }),
    network: { middlewares: networkMiddlewares.basic({ floodWaiter, internalErrors }) },
    // What arrived while we were away is fetched; what of it is too old to act on is dropped in `accept`.
    updates: { catchUp: true },
    logLevel: 0,
  })
  tellSilence(telegram, say)
  return telegram
}

/** A server in place of Telegram: where it is, and its key among those this process trusts. */
function own({ address, keyFile }: NonNullable<Settings['server']>) {
  const at = address.lastIndexOf(':')
  const main = { id: 2, ipAddress: address.slice(0, at), port: Number(address.slice(at + 1)) }
  if (at < 1 || !Number.isInteger(main.port) || main.port < 1 || main.port > 65_535) throw TelegaError.badServer()
  if (keyFile) trust(keyFile)
  return { main, media: { ...main, mediaOnly: true } }
}

function trust(keyFile: string): void {
  try {
    addPublicKey(new NodeCryptoProvider(), readFileSync(keyFile, 'utf8'))
  } catch (cause) {
    throw TelegaError.badServer(undefined, { cause })
  }
}
