import type { TelegramClient } from '@mtcute/node'
import { endFormer, mayReplace, openFormerSession, type Former } from './former.js'
import { logIn } from './login.js'
import { openSession } from './session/open.js'
import type { Me, SessionIo } from './session-io.js'
import { readSessionKeys } from './session-keys.js'
import type { Settings } from './settings.js'
import { openTelegram } from './telegram.js'
import { explained } from './trouble.js'
import { vaultOf } from './userbot.js'

/** Somebody sits at the keyboard: a longer flood wait is told instead of sat out. */
const patience = 10

/**
 * Logs in to Telegram with phone, code and, where there is one, the two-step password, and keeps the session sealed. An
 * older session stays in its place until the new one is logged in and on disk; then it is logged out.
 */
export async function generateSession(settings: Settings, io: SessionIo): Promise<Me> {
  const keys = readSessionKeys(settings.keysFile)
  const vault = vaultOf(settings)
  const passphrase = async () => settings.passphrase ?? io.ask('A passphrase to seal the session with: ', { hidden: true })
  const secrets = { vault, passphrase, say: io.say }
  // A save that fails in the background fails again in `keep`, and is reported there.
  const place = { path: settings.sessionFile, fresh: true, failed: () => undefined }
  const options = { keys, server: settings.server, patience, say: io.say }
  let former: Former | undefined
  try {
    const session = await openSession(place, secrets)
    try {
      // A passphrase of the old session is asked for by nobody: the question would be taken for that of the new one.
      former = await openFormerSession(settings.sessionFile, { vault, passphrase: async () => settings.passphrase }, options)
      const telegram = openTelegram({ ...options, storage: session.provider })
      const me = await loggedIn(telegram, { io, former, file: settings.sessionFile, keep: session.keep }).finally(() => telegram.destroy())
      io.say(`Logged in as ${me.name} (${me.id}).`)
      io.say(`The session is in ${settings.sessionFile}, sealed with ${vault ? 'a key that is in the Vault' : 'your passphrase'}.`)
      if (former) await endFormer(former, io.say)
      return me
    } finally {
      await former?.close()
      await session.close()
    }
  } catch (error) {
    throw explained(error)
  }
}

interface Login {
  readonly io: SessionIo
  readonly former: Former | undefined
  readonly file: string
  keep(): Promise<void>
}

/** A login that could not be saved, or may not take its place, would stay open at Telegram with nobody holding its key. */
async function loggedIn(telegram: TelegramClient, { io, former, file, keep }: Login): Promise<Me> {
  const me = await logIn(telegram, io)
  try {
    if (former) await mayReplace(former, me, file, io)
    await keep()
    return me
  } catch (error) {
    await telegram.logOut().catch(() => undefined)
    throw error
  }
}
