import { openSession } from './session/open.js'
import { readSessionKeys } from './session-keys.js'
import type { Settings } from './settings.js'
import { openTelegram } from './telegram.js'
import { vaultOf } from './userbot.js'

/** Asks a person; `hidden` answers are not shown. */
export interface Ask {
  (question: string, options?: { readonly hidden?: boolean }): Promise<string>
}

export interface SessionIo {
  readonly ask: Ask
  say(line: string): void
}

/** Logs in to Telegram with phone, code and, where there is one, the two-step password, and keeps the session sealed. */
export async function generateSession(settings: Settings, { ask, say }: SessionIo): Promise<{ readonly id: number; readonly name: string }> {
  const keys = readSessionKeys(settings.keysFile)
  const vault = vaultOf(settings)
  const passphrase = vault ? undefined : (settings.passphrase ?? (await ask('A passphrase to seal the session with: ', { hidden: true })))
  const session = await openSession(settings.sessionFile, { vault, passphrase }, { fresh: true })
  const telegram = openTelegram({ keys, storage: session.provider, server: settings.server })
  let known = false
  try {
    const me = await telegram.start({
      phone: () => ask('Phone number, with the country code: '),
      code: () => ask('The code Telegram sent you: '),
      password: () => ask('Two-step password: ', { hidden: true }),
      codeSentCallback: () => say('Telegram has sent you a code.'),
      invalidCodeCallback: (type) => say(type === 'code' ? 'That is not the code.' : 'That is not the password.'),
    })
    known = true
    say(`Logged in as ${me.displayName} (${me.id}).`)
    say(vault ? `The session is in ${settings.sessionFile}, sealed with a key that is in the Vault.` : `The session is in ${settings.sessionFile}, sealed with your passphrase.`)
    return { id: me.id, name: me.displayName }
  } finally {
    await telegram.destroy()
    if (known) await session.keep()
    await session.close()
  }
}
