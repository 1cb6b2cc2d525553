import type { TelegramClient } from '@mtcute/node'
import { createVault, type Vault } from '@chatelaine/client'
import { TelegaError } from './errors.js'
import { checkOwnToken, renewOwnToken, type OwnToken } from './own-token.js'
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
const patience = 600

/** What a message under way may still take when we are told to stop. */
const graceMs = 10_000

/** The Vault as the userbot's own token reaches it, if both are set. */
export function vaultOf({ vaultAddress, vaultToken }: Settings): Vault | undefined {
  if (!vaultAddress || !vaultToken) return undefined
  // Somebody waits in a chat: better told soon to try again than kept waiting for a Vault that hangs.
  return createVault({ address: vaultAddress, token: vaultToken, timeout: 15_000 })
}

/** Logs in with the stored session and answers messages. */
export async function startUserbot(settings: Settings, io: UserbotIo): Promise<Userbot> {
  const keys = readSessionKeys(settings.keysFile)
  const vault = vaultOf(settings)
  if (!vault) throw TelegaError.noVault()
  const own = await checkOwnToken(vault)
  const passphrase = async () => settings.passphrase ?? io.passphrase?.()
  const place = { path: settings.sessionFile, fresh: false, failed: io.report }
  const session = await openSession(place, { vault, passphrase })
  try {
    const telegram = openTelegram({ keys, storage: session.provider, server: settings.server, patience, say: io.say })
    return await begin({ telegram, session, vault, own, settings }, io)
  } catch (error) {
    await session.close()
    throw explained(error)
  }
}

interface Parts {
  readonly telegram: TelegramClient
  readonly session: OpenSession
  readonly vault: Vault
  readonly own: OwnToken
  readonly settings: Settings
}

async function begin({ telegram, session, vault, own, settings }: Parts, io: UserbotIo): Promise<Userbot> {
  const stopping = new AbortController()
  const desk = { vault, keysSecret: settings.keysSecret, report: (error: unknown) => io.report(explained(error)) }
  telegram.onError.add(desk.report)
  try {
    const me = await telegram.getMe()
    await telegram.notifyLoggedIn(me.raw)
    const ended = watchSession(telegram, stopping.signal)
    const stop = await serve(telegram, desk, { self: me.id, seconds: () => Math.floor(Date.now() / 1000) })
    renewOwnToken(vault, own, { report: io.report, signal: stopping.signal }).catch(io.report)
    io.say(`The userbot listens as ${me.displayName} (${me.id}).`)
    let closing: Promise<void> | undefined
    const close = async () => {
      await within(graceMs, stop())
      stopping.abort()
      await telegram.destroy().finally(() => session.close())
    }
    return { id: me.id, name: me.displayName, ended, close: () => (closing ??= close()) }
  } catch (error) {
    stopping.abort()
    await telegram.destroy().catch(io.report)
    throw error
  }
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}
