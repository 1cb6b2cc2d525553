import { readFileSync } from 'node:fs'
import { networkMiddlewares, type ITelegramStorageProvider, type RpcCallMiddleware } from '@mtcute/core'
import { addPublicKey } from '@mtcute/core/utils.js'
import { TelegramClient } from '@mtcute/node'
import { NodeCryptoProvider } from '@mtcute/node/utils.js'
import { TelegaError } from './errors.js'
import { silenceTeller } from './silence.js'
import { notToRepeat } from './trouble.js'
import { pingMs, watchedTransport, type TransportTimes } from './transport.js'
import type { SessionKeys } from './session-keys.js'
import type { Settings } from './settings.js'
import { isSystemError, reasonOf } from './system.js'

export interface TelegramOptions {
  readonly keys: SessionKeys
  readonly storage: ITelegramStorageProvider
  readonly server: Settings['server']
  /** The longest flood wait to sit out, in seconds; a longer one fails the call. */
  readonly patience: number
  /** Told of each wait before it begins. */
  readonly say: (line: string) => void
  readonly times?: Partial<TransportTimes> | undefined
}

/** A client of mtcute's, connected when it is first used. */
export function openTelegram({ keys, storage, server, patience, say, times }: TelegramOptions): TelegramClient {
  const floodWaiter = {
    maxWait: patience * 1000,
    onBeforeWait: (call: { readonly request: { readonly _: string } }, seconds: number) =>
      say(`Telegram asks to wait ${seconds} s before ${call.request._}.`),
  }
  const internalErrors = { exceptErrors: notToRepeat }
  const silence = silenceTeller(say)
  const telegram = new TelegramClient({
    apiId: keys.apiId,
    apiHash: keys.apiHash,
    storage,
    // mtcute would answer a signal by sending it to this process again, which to us is somebody who has lost patience.
    storageOptions: { cleanup: false },
    ...(server && { defaultDcs: own(server) }),
    transport: watchedTransport({ ...silence, times }),
    network: { middlewares: [...networkMiddlewares.basic({ floodWaiter, internalErrors }), expiryByOurClock], pingInterval: pingMs },
    // What arrived while we were away is fetched; what of it is too old to act on is dropped in `accept`.
    updates: { catchUp: true },
    logLevel: 0,
  })
  silence.follow(telegram)
  return telegram
}

/**
 * mtcute holds the end of a configuration, which is in Telegram's time, against this machine's clock; where that is an hour ahead it
 * would ask for the next one at once, and so without end.
 */
const expiryByOurClock: RpcCallMiddleware = async (call, next) => {
  const answer = (await next(call)) as { readonly _?: string; readonly date?: number; readonly expires?: number } | undefined
  if (call.request._ !== 'help.getConfig' || answer?._ !== 'config') return answer
  const life = Math.max((answer.expires ?? 0) - (answer.date ?? 0), 60)
  return { ...answer, expires: Math.floor(Date.now() / 1000) + life }
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
    throw TelegaError.badServerKey({ file: keyFile, reason: isSystemError(cause) ? reasonOf(cause) : 'it holds no RSA key in PEM' }, { cause })
  }
}
