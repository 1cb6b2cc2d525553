import { tl } from '@mtcute/core'
import { TelegaError } from './errors.js'

const reasons: Readonly<Record<string, string>> = {
  API_ID_INVALID: 'api_id and api_hash do not belong together; https://my.telegram.org gives them',
  PHONE_NUMBER_INVALID: 'that is not a phone number; write it with the country code, as in +49…',
  PHONE_NUMBER_BANNED: 'this phone number is banned from Telegram',
  PHONE_NUMBER_UNOCCUPIED: 'nobody has a Telegram account with this phone number',
}

/** Whether Telegram says that the session is over: the key is unknown, was revoked or used twice, or its account is gone. */
export const isSignedOut = (error: unknown): boolean =>
  isRpcError(error) && (error.code === 401 || error.text === 'AUTH_KEY_DUPLICATED')

/** Telegram's word for a random id it has had before. It comes as an internal error, which mtcute would try for ever. */
export const alreadySent = 'RANDOM_ID_DUPLICATE'

/** Whether the very message is out already. */
export const isAlreadySent = (error: unknown): boolean => isRpcError(error) && error.text === alreadySent

/** An error of Telegram's as one that a person can act on; any other as it is. */
export function explained(error: unknown): unknown {
  if (!isRpcError(error)) return error
  const cause = { cause: error }
  if (isSignedOut(error)) return TelegaError.signedOut(undefined, cause)
  if ('seconds' in error && typeof error.seconds === 'number') return TelegaError.wait({ seconds: error.seconds }, cause)
  return TelegaError.refused({ reason: reasons[error.text] ?? error.text }, cause)
}

const isRpcError = (error: unknown): error is tl.RpcError => error instanceof Error && tl.RpcError.is(error)
