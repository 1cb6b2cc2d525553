import { isRefusal, type Vault } from '@chatelaine/client'
import { VaultError } from '@chatelaine/sdk'
import { answer } from './command.js'
import { commands } from './commands/index.js'
import type { Incoming } from './incoming.js'
import { parseCommand } from './parse.js'
import { vouch } from './vouch.js'

export interface Desk {
  /** As the userbot itself. */
  readonly vault: Vault
  readonly keysSecret: string
  /** Told of what went wrong, for the log. Never the text of a message. */
  report(error: unknown): void
}

const notPermitted = 'You are not permitted to do that.'

/**
 * What to answer to a message; undefined for silence. The sender is vouched for before anything about commands is said:
 * a stranger learns that he is one, and nothing more.
 */
export async function respond(desk: Desk, incoming: Incoming): Promise<string | undefined> {
  const spoken = parseCommand(incoming.text)
  if (!spoken) return undefined
  try {
    const sender = await vouch(desk.vault, incoming)
    if (sender.kind === 'again') return undefined
    if (sender.kind === 'unknown') return notPermitted
    const found = commands.find(({ name }) => name === spoken.name)
    if (!found) return `There is no /${spoken.name}. /help says what there is.`
    return await answer(found, spoken.words, { vault: sender.vault, senderId: incoming.senderId, keysSecret: desk.keysSecret })
  } catch (error) {
    if (isRefusal(error) && error.details.status === 403) return notPermitted
    desk.report(error)
    return error instanceof VaultError
      ? 'The Vault cannot be asked right now. Please try again in a moment.'
      : 'Something went wrong here. It has been written down.'
  }
}
