import type { TelegramClient } from '@mtcute/node'
import { createVault, type Vault } from '@chatelaine/client'
import { clocks } from './clock.js'
import { TelegaError } from './errors.js'
import { keepOwnToken, type KeptToken } from './own-token.js'
import { serve } from './serve.js'
import { openSession, type OpenSession } from './session/open.js'
import { readSessionKeys } from './session-keys.js'
import type { Settings } from './settings.js'
import { openTelegram } from './telegram.js'
import { explained } from './trouble.js'
import { watchSession } from './watch.js'

export interface UserbotIo {
  /** One line of what is going on. */
  say(line: string): void
  report(error: unknown): void
  /** Asked only when the session is sealed with a passphrase that the settings do not hold. */
  readonly passphrase?: (() => Promise<string>) | undefined
}

export interface Userbot {
  /** Our own account. */
  readonly id: number
  readonly name: string
  /** Resolves when it can go on no longer, with the reason; with undefined once it was closed. Close it all the same. */
  readonly ended: Promise<Error | undefined>
  /** Finishes what was begun, saves the session, disconnects. May be called again. */
  close(): Promise<void>
}

/** A flood wait up to this long is sat out, in seconds; the answer goes out after it. */
const patience = 60

/** The Vault as its settings reach it, if there are any. */
export function vaultOf({ vault, vaultAddress, vaultToken }: Settings): Vault | undefined {
  if (!vaultToken) return undefined
  if (vault) return vault
  // Somebody waits in a chat: better told soon to try again than kept waiting for a Vault that hangs.
  return vaultAddress ? createVault({ address: vaultAddress, token: vaultToken, timeout: 15_000 }) : undefined
}

/** Logs in with the stored session and answers messages. */
export async function startUserbot(settings: Settings, io: UserbotIo): Promise<Userbot> {
  const keys = readSessionKeys(settings.keysFile)
  const vault = vaultOf(settings)
  if (!vault) throw TelegaError.noVault()
  const stopping = new AbortController()
  const report = (error: unknown) => io.report(explained(error))
  const { vaultToken: token = '', tokenFrom: from, currentToken: current } = settings
  const keeping = { token, from, current, say: io.say, report, signal: stopping.signal }
  const own = await keepOwnToken((source) => vault.as(source), keeping)
  const passphrase = async () => settings.passphrase ?? io.passphrase?.()
  const place = { path: settings.sessionFile, fresh: false, failed: report }
  let session: OpenSession | undefined
  try {
    session = await openSession(place, { vault: own.vault, passphrase })
    const telegram = openTelegram({ keys, storage: session.provider, server: settings.server, patience, say: io.say })
    return await begin({ telegram, session, own, settings, stopping }, { ...io, report })
  } catch (error) {
    stopping.abort()
    await session?.close()
    throw explained(error)
  }
}

interface Parts {
  readonly telegram: TelegramClient
  readonly session: OpenSession
  readonly own: KeptToken
  readonly settings: Settings
  readonly stopping: AbortController
}

async function begin({ telegram, session, own, settings, stopping }: Parts, { say, report }: UserbotIo): Promise<Userbot> {
  // A connection that cannot be made has been told of, with its address.
  telegram.onError.add((error: unknown) => void (TelegaError.noTelegram.is(error) || report(error)))
  try {
    const me = await telegram.getMe()
    await telegram.notifyLoggedIn(me.raw)
    const time = clocks({ telegram: async () => (await telegram.call({ _: 'help.getConfig' })).date, vault: own.vault, say })
    const lookAfter = () => void Promise.all([time.compare(), own.check()]).catch(() => undefined)
    const ended = Promise.race([watchSession(telegram, stopping.signal, lookAfter), own.ended])
    // Not awaited before we listen: what Telegram brings meanwhile would be lost.
    const ready = time.compare()
    ready.catch(() => undefined)
    const stop = await serve(telegram, { ready, own, clocks: time, keysSecret: settings.keysSecret, self: me.id, say, report })
    await ready
    say(`The userbot listens as ${me.displayName} (${me.id}).`)
    let closing: Promise<void> | undefined
    const close = async () => {
      await stop()
      stopping.abort()
      await telegram.destroy().finally(() => session.close())
    }
    return { id: me.id, name: me.displayName, ended, close: () => (closing ??= close()) }
  } catch (error) {
    stopping.abort()
    await telegram.destroy().catch(report)
    throw error
  }
}
