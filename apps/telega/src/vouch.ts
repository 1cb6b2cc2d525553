import { ClientError, isRefusal, type Vault } from '@chatelaine/client'
import type { Clocks } from './clock.js'
import { TelegaError } from './errors.js'
import type { Incoming } from './incoming.js'
import type { KeptToken } from './own-token.js'

export type Vouched =
  /** The vault as its sender may use it, for a few minutes. */
  | { readonly kind: 'known'; readonly vault: Vault }
  | { readonly kind: 'unknown' }
  /** This very message has been handled, here or elsewhere. */
  | { readonly kind: 'again' }

export interface Voucher {
  readonly own: KeptToken
  readonly clocks: Clocks
}

/**
 * Tells the Vault who sent a message, which is the one thing the userbot may do. The Vault judges whether it knows the
 * sender and remembers the message, so that of all userbots and restarts one handles it.
 */
export async function vouch({ own, clocks }: Voucher, incoming: Incoming): Promise<Vouched> {
  const exchanges = own.count()
  try {
    return await ask(own.vault, clocks, incoming)
  } catch (error) {
    if (isRefusal(error) && error.details.status === 409) return { kind: 'again' }
    // We have judged the message by Telegram's clock: when the Vault judges otherwise its own has been set since we compared them.
    if (ClientError.invalid.is(error)) {
      await clocks.compare()
      return ask(own.vault, clocks, incoming).catch(refused)
    }
    if (!ClientError.denied.is(error)) throw error
    return doubted({ own, clocks }, incoming, exchanges)
  }
}

/** The Vault gives a stranger and a dead token of our own the same answer; only the first is the sender's affair. */
async function doubted({ own, clocks }: Voucher, incoming: Incoming, exchanges: number): Promise<Vouched> {
  if (!(await own.check())) throw TelegaError.tokenGone()
  // The old token was dead and there is a new one: then the sender deserves another question.
  return own.count() === exchanges ? { kind: 'unknown' } : ask(own.vault, clocks, incoming).catch(refused)
}

async function ask(vault: Vault, clocks: Clocks, { senderId, messageId, sentAt }: Incoming): Promise<Vouched> {
  const input = { user_id: senderId, chat_id: senderId, message_id: messageId, sent_at: clocks.atVault(sentAt) }
  const auth = await vault.login('auth/telegram/login', input)
  return { kind: 'known', vault: vault.as(auth.client_token) }
}

/** The second time a refusal means what it says. */
function refused(error: unknown): Vouched {
  if (isRefusal(error) && error.details.status === 409) return { kind: 'again' }
  if (ClientError.denied.is(error)) return { kind: 'unknown' }
  throw error
}
