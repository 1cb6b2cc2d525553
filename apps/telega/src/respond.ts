import { ClientError, type Vault } from '@chatelaine/client'
import { VaultError } from '@chatelaine/sdk'
import { answer } from './command.js'
import { commands } from './commands/index.js'
import type { Incoming } from './incoming.js'
import { parseCommand, type Spoken } from './parse.js'
import { vouch } from './vouch.js'

export interface Desk {
  /** As the userbot itself. */
  readonly vault: Vault
  readonly keysSecret: string
  /** Told of what went wrong, for the log. Never the text of a message. */
  report(error: unknown): void
}

/** What is said, and whether it is said to somebody the Vault knows. */
export interface Answer {
  readonly text: string
  readonly known: boolean
}

const notPermitted = 'You are not permitted to do that.'

/**
 * What to answer to a message; undefined for silence. The sender is vouched for before anything about commands is said:
 * a stranger learns that he is one, and nothing more. No answer begins with a slash, so that two userbots which write to
 * each other cannot take answers for commands.
 */
export async function respond(desk: Desk, incoming: Incoming): Promise<Answer | undefined> {
  const spoken = parseCommand(incoming.text)
  if (!spoken) return undefined
  let known = false
  try {
    const sender = await vouch(desk.vault, incoming)
    if (sender.kind === 'again') return undefined
    if (sender.kind === 'unknown') return { text: notPermitted, known }
    known = true
    return { text: await obey(spoken, { ...desk, vault: sender.vault }, incoming), known }
  } catch (error) {
    if (known && ClientError.denied.is(error)) return { text: notPermitted, known }
    desk.report(error)
    // Too old, or a clock is wrong: whoever runs this must know; the sender may be somebody else's replay.
    if (!known && ClientError.invalid.is(error)) return undefined
    return { text: apology(error), known }
  }
}

function obey({ name, words }: Spoken, { vault, keysSecret }: Desk, { senderId }: Incoming): Promise<string> | string {
  const found = commands.find((one) => one.name === name)
  if (!found) return `There is no /${name}. /help says what there is.`
  return answer(found, words, { vault, senderId, keysSecret })
}

const apology = (error: unknown) =>
  error instanceof VaultError
    ? 'The Vault cannot be asked right now. Please try again in a moment.'
    : 'Something went wrong here. It has been written down.'
