import { ClientError } from '@chatelaine/client'
import { VaultError } from '@chatelaine/sdk'
import { answer } from './command.js'
import { commands } from './commands/index.js'
import { TelegaError } from './errors.js'
import type { Incoming } from './incoming.js'
import { looksLikeCommand } from './mistyped.js'
import { parseCommand, type Spoken } from './parse.js'
import { vouch, type Voucher } from './vouch.js'

export interface Desk extends Voucher {
  readonly keysSecret: string
  /** Told of what went wrong, for the log. Never the text of a message. */
  report(error: unknown): void
}

/** What is said, and whether it is said to somebody the Vault knows. */
export interface Answer {
  readonly text: string
  readonly known: boolean
  /** The command that is answered, for the name of a file. */
  readonly name: string
}

const notPermitted = 'You are not permitted to do that.'
const noSuchCommand = 'There is no such command. /help says what there is.'

const names = commands.map(({ name }) => name)

/** Whether a message is worth asking the Vault about. */
export const isMeantForUs = (text: string): boolean => parseCommand(text) !== undefined || looksLikeCommand(text, names)

/**
 * What to answer to a message; undefined for silence. The sender is vouched for before anything about commands is said:
 * a stranger learns that he is one, and nothing more, and by a mistyped command not even that. No answer begins with a slash or is
 * a command's name, so that two userbots which write to each other cannot take answers for commands.
 */
export async function respond(desk: Desk, incoming: Incoming): Promise<Answer | undefined> {
  const spoken = parseCommand(incoming.text)
  if (!spoken && !looksLikeCommand(incoming.text, names)) return undefined
  const name = spoken?.name ?? 'answer'
  let known = false
  try {
    const sender = await vouch(desk, incoming)
    if (sender.kind === 'again') return undefined
    if (sender.kind === 'unknown') return spoken && { text: notPermitted, known, name }
    known = true
    if (!spoken) return { text: noSuchCommand, known, name }
    return { text: await obey(spoken, { vault: sender.vault, senderId: incoming.senderId, keysSecret: desk.keysSecret }), known, name }
  } catch (error) {
    if (known && ClientError.denied.is(error)) return { text: notPermitted, known, name }
    desk.report(error)
    if (!spoken && !known) return undefined
    // Too old, or a clock is wrong: whoever runs this must know; the sender may be somebody else's replay.
    if (!known && ClientError.invalid.is(error)) return undefined
    return { text: apology(error), known, name }
  }
}

function obey({ name, words }: Spoken, call: Parameters<typeof answer>[2]): Promise<string> | string {
  const found = commands.find((one) => one.name === name)
  if (!found) return `There is no /${name}. /help says what there is.`
  return answer(found, words, call)
}

/** In a chat nobody can do more than wait or find the one who runs this. */
function apology(error: unknown): string {
  if (TelegaError.tokenGone.is(error)) return 'The Vault cannot be asked right now: it no longer admits this userbot. Waiting does not help; please tell whoever runs it.'
  if (error instanceof VaultError) return 'The Vault cannot be asked right now. Please try again in a moment.'
  return 'Something went wrong here. It has been written down.'
}
