import type { Vault } from '@chatelaine/client'
import { fieldsOf } from '@chatelaine/sdk'
import type { Static, TObject } from 'typebox'
import { Value } from 'typebox/value'

export interface CommandCall<A> {
  readonly args: A
  /** Logged in as the sender: policy, not a command, decides what is shown. */
  readonly vault: Vault
  /** Telegram's number for the sender. */
  readonly senderId: number
  /** Mount and path of the secret that `/get_keys` shows. */
  readonly keysSecret: string
}

export interface Command<A extends TObject = TObject> {
  readonly name: string
  readonly summary: string
  readonly args: A
  handle(call: CommandCall<Static<A>>): Promise<string>
}

export const command = <A extends TObject>(declaration: Command<A>): Command<A> => declaration

/** Reads `words` into the declared arguments, in order; says how the command is used when they do not fit. */
export async function answer(spoken: Command, words: readonly string[], call: Omit<CommandCall<unknown>, 'args'>): Promise<string> {
  const names = fieldsOf(spoken.args).map(([name]) => name)
  if (words.length > names.length) return `Usage: ${usage(spoken)}`
  const given = Object.fromEntries(names.flatMap((name, i) => (words[i] === undefined ? [] : [[name, words[i]]])))
  const args = Value.Default(spoken.args, Value.Convert(spoken.args, given))
  if (!Value.Check(spoken.args, args)) return `Usage: ${usage(spoken)}`
  return spoken.handle({ ...call, args })
}

export function usage({ name, summary, args }: Command): string {
  const words = fieldsOf(args).map(([arg, shape]) => (shape.default === undefined ? ` <${arg}>` : ` [${arg}]`))
  return `/${name}${words.join('')} – ${summary}`
}
