import { isRefusal, type Vault } from '@chatelaine/client'
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
    if (isRefusal(error) && error.details.status === 403) return { kind: 'unknown' }
    if (isRefusal(error) && (error.details.status === 409 || error.details.status === 400)) return { kind: 'again' }
    throw error
  }
}
