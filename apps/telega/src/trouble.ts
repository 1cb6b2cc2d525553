import { tl } from '@mtcute/core'
import { TelegaError } from './errors.js'
import { isSystemError, reasonOf } from './system.js'
import { telegramSentence } from './telegram-words.js'

/** The ends of a session that have a name of their own. Every other 401 is an end too, for a reason Telegram does not tell. */
const ends: Readonly<Record<string, 'usedTwice' | 'banned' | 'accountGone'>> = {
  AUTH_KEY_DUPLICATED: 'usedTwice',
  USER_DEACTIVATED_BAN: 'banned',
  USER_DEACTIVATED: 'accountGone',
}

/** Whether Telegram says that the session is over: the key is unknown, was revoked or used twice, or its account is gone. */
export const isSignedOut = (error: unknown): boolean =>
  isRpcError(error) && error.text !== 'SESSION_PASSWORD_NEEDED' && (error.code === 401 || Object.hasOwn(ends, error.text))

/** Telegram's word for a random id it has had before. It comes as an internal error, which mtcute would try for ever. */
export const alreadySent = 'RANDOM_ID_DUPLICATE'

/** Internal errors by their code that trying again does not mend. */
export const notToRepeat = [alreadySent, 'AUTH_RESTART', 'SIGN_IN_FAILED']

/** Whether the very message is out already. */
export const isAlreadySent = (error: unknown): boolean => isRpcError(error) && error.text === alreadySent

/** For how many seconds Telegram wants nothing more of this kind; undefined when it did not say so. */
export const waitOf = (error: unknown): number | undefined =>
  isRpcError(error) && 'seconds' in error && typeof error.seconds === 'number' ? error.seconds : undefined

/** An error of Telegram's or of the operating system as one that a person can act on; any other as it is. */
export function explained(error: unknown): unknown {
  if (isSystemError(error)) return TelegaError.system({ what: whatFailed(error), reason: reasonOf(error) }, { cause: error })
  if (!isRpcError(error)) return error
  const cause = { cause: error }
  if (isSignedOut(error)) return TelegaError[ends[error.text] ?? 'signedOut'](undefined, cause)
  const seconds = waitOf(error)
  if (seconds !== undefined) return TelegaError.wait({ seconds }, cause)
  return TelegaError.refused({ reason: telegramSentence(error.text, error.code) }, cause)
}

export const isRpcError = (error: unknown): error is tl.RpcError => error instanceof Error && tl.RpcError.is(error)

/** Paths and addresses only: what else stands in the text of a system's error is not known to be free of secrets. */
function whatFailed({ syscall = 'the system call', path, address, port }: NodeJS.ErrnoException & { readonly address?: string; readonly port?: number }): string {
  if (path !== undefined) return `${path} cannot be used (${syscall.split(' ')[0]})`
  if (address !== undefined) return `${address}${port === undefined ? '' : `:${port}`} cannot be reached`
  return `${syscall.split(' ')[0]} failed`
}
