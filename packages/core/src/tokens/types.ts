import { TokenError } from '../errors.js'

/** Refuses a type of token this server does not make: batch tokens, and words that name no type. */
export function checkType(type: string | undefined, known: readonly string[]): void {
  if (!type || known.includes(type)) return
  throw /batch$/.test(type) ? TokenError.batch() : TokenError.badType()
}
