import type { TelegramClient } from '@mtcute/node'
import { openSession } from './session/open.js'
import { readSessionKeys } from './session-keys.js'
import type { Settings } from './settings.js'
import { openTelegram } from './telegram.js'
import { explained } from './trouble.js'
import { vaultOf } from './userbot.js'

/** Asks a person; `hidden` answers are not shown. */
export interface Ask {
  (question: string, options?: { readonly hidden?: boolean }): Promise<string>
}

export interface SessionIo {
  readonly ask: Ask
  say(line: string): void
}

/** Who is logged in. */
export interface Me {
  readonly id: number
  readonly name: string
}

/** Somebody sits at the keyboard: a longer flood wait is told instead of sat out. */
const patience = 10

/**
 * Logs in to Telegram with phone, code and, where there is one, the two-step password, and keeps the session sealed. An
 * older session stays in its place until the new one is logged in and on disk.
 */
export async function generateSession(settings: Settings, io: SessionIo): Promise<Me> {
  const keys = readSessionKeys(settings.keysFile)
  const vault = vaultOf(settings)
  const passphrase = async () => settings.passphrase ?? io.ask('A passphrase to seal the session with: ', { hidden: true })
  // A save that fails in the background fails again in `keep`, and is reported there.
  const place = { path: settings.sessionFile, fresh: true, failed: () => undefined }
  const session = await openSession(place, { vault, passphrase })
  try {
    const telegram = openTelegram({ keys, storage: session.provider, server: settings.server, patience, say: io.say })
    try {
      const me = await logIn(telegram, io)
      await keepOrLogOut(telegram, session.keep)
      io.say(`Logged in as ${me.name} (${me.id}).`)
      io.say(`The session is in ${settings.sessionFile}, sealed with ${vault ? 'a key that is in the Vault' : 'your passphrase'}.`)
      return me
    } finally {
      await telegram.destroy()
    }
  } catch (error) {
    throw explained(error)
  } finally {
    await session.close()
  }
}

async function logIn(telegram: TelegramClient, { ask, say }: SessionIo): Promise<Me> {
  const answer = async (question: string, hidden = false) => (await ask(question, { hidden })).trim()
  const { id, displayName } = await telegram.start({
    phone: () => answer('Phone number, with the country code: '),
    code: () => answer('The code Telegram sent you: '),
    // Blanks belong to a password.
    password: () => ask('Two-step password: ', { hidden: true }),
    codeSentCallback: () => say('Telegram has sent you a code.'),
    invalidCodeCallback: (type) => say(type === 'code' ? 'That is not the code.' : 'That is not the password.'),
  })
  return { id, name: displayName }
}

/** A login that could not be saved would stay open at Telegram, with nobody holding its key. */
async function keepOrLogOut(telegram: TelegramClient, keep: () => Promise<void>): Promise<void> {
  try {
    await keep()
  } catch (error) {
    await telegram.logOut().catch(() => undefined)
    throw error
  }
}
