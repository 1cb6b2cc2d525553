import { createVault, keepAlive, type Vault } from '@chatelaine/client'
import { TelegaError } from './errors.js'
import { openSession } from './session/open.js'
import { readSessionKeys } from './session-keys.js'
import type { Settings } from './settings.js'
import { openTelegram, serve } from './telegram.js'

export interface UserbotIo {
  /** One line of what is going on. */
  say(line: string): void
  report(error: unknown): void
  readonly passphrase?: (() => Promise<string>) | undefined
}

export interface Userbot {
  /** Our own account. */
  readonly id: number
  readonly name: string
  /** Finishes what was begun, saves the session, disconnects. */
  close(): Promise<void>
}

/** The Vault as the userbot's own token reaches it, if both are set. */
export function vaultOf({ vaultAddress, vaultToken }: Settings): Vault | undefined {
  if (!vaultAddress || !vaultToken) return undefined
  return createVault({ address: vaultAddress, token: vaultToken })
}

/** Logs in with the stored session and answers messages. */
export async function startUserbot(settings: Settings, io: UserbotIo): Promise<Userbot> {
  const keys = readSessionKeys(settings.keysFile)
  const vault = vaultOf(settings)
  if (!vault) throw TelegaError.noVault()
  const session = await openSession(settings.sessionFile, { vault, passphrase: settings.passphrase ?? (await io.passphrase?.()) }, { fresh: false })
  const telegram = openTelegram({ keys, storage: session.provider, server: settings.server })
  const stopping = new AbortController()
  const close = async () => {
    stopping.abort()
    await telegram.destroy()
    await session.close()
  }
  try {
    const me = await telegram.getMe().catch((cause: unknown) => {
      throw TelegaError.signedOut(undefined, { cause })
    })
    await telegram.notifyLoggedIn(me.raw)
    renew(vault, io, stopping.signal)
    const stop = await serve(telegram, { vault, keysSecret: settings.keysSecret, report: io.report }, () => Math.floor(Date.now() / 1000))
    io.say(`The userbot listens as ${me.displayName} (${me.id}).`)
    return {
      id: me.id,
      name: me.displayName,
      async close() {
        await stop()
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Renews our own token at two thirds of its life. A token that never ends, or may not be renewed, is left as it is. */
function renew(vault: Vault, io: UserbotIo, signal: AbortSignal): void {
  const login = async () => {
    const { auth } = await vault.write('auth/token/renew-self')
    if (!auth) throw TelegaError.noVault()
    return auth
  }
  const begin = async () => {
    const self = await vault.read('auth/token/lookup-self')
    if (self?.['renewable'] !== true || self['ttl'] === 0) return
    await keepAlive(vault, { login, failed: io.report, signal }).ended
  }
  void begin().catch(io.report)
}
