import { TelegaError } from './errors.js'
import type { Me, SessionIo } from './session-io.js'
import { openFormer } from './session/open.js'
import type { Secrets } from './session/key.js'
import { openTelegram, type TelegramOptions } from './telegram.js'
import { isSignedOut } from './trouble.js'

/** The session that a new one is to replace. */
export interface Former {
  /** Whose it is; undefined when that cannot be found out, or Telegram no longer knows it. */
  readonly owner: Me | undefined
  /** Why it cannot be logged out; undefined when it can, or needs not be. */
  readonly lost: string | undefined
  /** Ends it at Telegram. */
  logOut(): Promise<void>
  close(): Promise<void>
}

const nobody: Former = { owner: undefined, lost: undefined, logOut: async () => undefined, close: async () => undefined }

/**
 * Opens the session at `path` beside the one that is being made, to learn whose it is and to end it. Undefined when there is none. What
 * cannot be opened is said and left: a lost key must not keep anybody from logging in again.
 */
export async function openFormerSession(path: string, secrets: Secrets, options: Omit<TelegramOptions, 'storage'>): Promise<Former | undefined> {
  const opened = await openFormer(path, secrets).catch((error: unknown) => ({ lost: error instanceof Error ? error.message : 'unknown' }))
  if (opened === undefined) return undefined
  if ('lost' in opened) return { ...nobody, lost: opened.lost }
  const telegram = openTelegram({ ...options, storage: opened.provider })
  const close = () => telegram.destroy().finally(() => opened.close())
  try {
    const { id, displayName } = await telegram.getMe()
    return { owner: { id, name: displayName }, lost: undefined, logOut: async () => void (await telegram.logOut()), close }
  } catch (error) {
    await close()
    if (isSignedOut(error)) return nobody
    throw error
  }
}

/** Asks before another account's session is replaced. The same account's is replaced without a question. */
export async function mayReplace({ owner }: Former, me: Me, file: string, { ask, say }: SessionIo): Promise<void> {
  if (!owner || owner.id === me.id) return
  say(`${file} holds the session of another account: ${owner.name} (${owner.id}).`)
  const answer = await ask(`Log ${owner.name} out and put ${me.name} in its place? Write yes or no: `)
  if (!/^\s*(y|yes)\s*$/i.test(answer)) throw TelegaError.keptOther({ file })
}

/** Ends the old login, and says what became of it. */
export async function endFormer({ owner, lost, logOut }: Former, say: SessionIo['say']): Promise<void> {
  const byHand = 'end it in the Telegram app, under Settings, Devices'
  if (lost !== undefined) return say(`The session that was there cannot be opened to be logged out (${lost}): ${byHand}.`)
  if (!owner) return
  const failed = await logOut().then(() => undefined, (error: unknown) => error)
  if (failed === undefined || isSignedOut(failed)) say(`The session of ${owner.name} that was there before is logged out.`)
  else say(`The session of ${owner.name} that was there before could not be logged out: ${byHand}.`)
}
