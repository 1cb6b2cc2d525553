import { ClientError, isRefusal, type Vault } from '@chatelaine/client'
import { TelegaError } from './errors.js'
import type { Incoming } from './incoming.js'

export type Vouched =
  /** The vault as its sender may use it, for a few minutes. */
  | { readonly kind: 'known'; readonly vault: Vault }
  | { readonly kind: 'unknown' }
  /** This very message has been handled, here or elsewhere. */
  | { readonly kind: 'again' }

/**
 * Tells the Vault who sent a message, which is the one thing the userbot may do. The Vault judges whether it knows the
 * sender and remembers the message, so that of all userbots and restarts one handles it.
 */
export async function vouch(vault: Vault, { senderId, messageId, sentAt }: Incoming): Promise<Vouched> {
  try {
    const input = { user_id: senderId, chat_id: senderId, message_id: messageId, sent_at: sentAt }
    const auth = await vault.login('auth/telegram/login', input)
    return { kind: 'known', vault: vault.as(auth.client_token) }
  } catch (error) {
    if (isRefusal(error) && error.details.status === 409) return { kind: 'again' }
    if (!ClientError.denied.is(error)) throw error
    await ensureOwnToken(vault)
    return { kind: 'unknown' }
  }
}

/** The Vault gives a stranger and a dead token of our own the same answer; only the first is the sender's affair. */
async function ensureOwnToken(vault: Vault): Promise<void> {
  try {
    await vault.read('auth/token/lookup-self')
  } catch (cause) {
    if (ClientError.denied.is(cause)) throw TelegaError.badToken(undefined, { cause })
    throw cause
  }
}
