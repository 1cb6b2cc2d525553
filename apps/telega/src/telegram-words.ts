/**
 * Telegram's error constants as sentences: what happened, and what to do next. Those that its documentation names for the methods
 * we call (https://core.telegram.org/api/errors); any other is told by its name.
 */
export const telegramWords: Readonly<Record<string, string>> = {
  // The application.
  API_ID_INVALID: 'api_id and api_hash do not belong together. Copy both from https://my.telegram.org into telega/session_keys.json',
  API_ID_PUBLISHED_FLOOD: 'this api_id was published, and may not log in any more. Make an application of your own at https://my.telegram.org',
  CONNECTION_API_ID_INVALID: 'this api_id does not exist. Copy api_id and api_hash from https://my.telegram.org into telega/session_keys.json',
  CONNECTION_LAYER_INVALID: 'Telegram no longer speaks the protocol of this version. Update Chatelaine',
  UPDATE_APP_TO_LOGIN: 'Telegram wants a newer client for logging in. Update Chatelaine, then run "chatelaine generate-session" again; a session made before stays good',

  // The telephone number.
  PHONE_NUMBER_INVALID: 'that is not a phone number. Write it with the country code, as in +49…',
  PHONE_NUMBER_BANNED: 'this phone number is banned from Telegram. Use another account, or write to recover@telegram.org',
  PHONE_NUMBER_UNOCCUPIED: 'nobody has a Telegram account with this phone number. Sign up in the Telegram app first',
  PHONE_NUMBER_APP_SIGNUP_FORBIDDEN: 'nobody has a Telegram account with this phone number. Sign up in the Telegram app first',
  PHONE_NUMBER_FLOOD: 'codes were asked for too often with this phone number. Wait a day, then run "chatelaine generate-session" again',
  PHONE_PASSWORD_FLOOD: 'this phone number was logged in with too often. Wait some hours, up to a day, then run "chatelaine generate-session" again',
  PHONE_PASSWORD_PROTECTED: 'this account is protected by its two-step password. Log in with the Telegram app first, then run "chatelaine generate-session" again',
  PHONE_MIGRATE: 'the account lives in another data centre. Run "chatelaine generate-session" again',

  // The code and the password.
  PHONE_CODE_EMPTY: 'no code was given. Run "chatelaine generate-session" again and type the code that Telegram sends',
  PHONE_CODE_INVALID: 'that is not the code. Run "chatelaine generate-session" again and type the newest code',
  PHONE_CODE_EXPIRED: 'that code is no longer good. Run "chatelaine generate-session" again; a new one is sent',
  PHONE_CODE_HASH_EMPTY: 'the login was not begun properly. Run "chatelaine generate-session" again',
  SEND_CODE_UNAVAILABLE: 'every way of sending a code was used. Wait an hour, then run "chatelaine generate-session" again',
  SMS_CODE_CREATE_FAILED: 'Telegram could not send a code by SMS. Log in with the Telegram app on another device, then run "chatelaine generate-session" again',
  AUTH_RESTART: 'the login has to begin anew. Run "chatelaine generate-session" again',
  SIGN_IN_FAILED: 'Telegram could not finish the login. Run "chatelaine generate-session" again in a while',
  SESSION_PASSWORD_NEEDED: 'the login is not finished: the two-step password is missing. Run "chatelaine generate-session" again',
  PASSWORD_HASH_INVALID: 'that is not the two-step password. Run "chatelaine generate-session" again',
  SRP_ID_INVALID: 'the two-step password was asked for anew meanwhile. Run "chatelaine generate-session" again',
  SRP_PASSWORD_CHANGED: 'the two-step password was changed meanwhile. Run "chatelaine generate-session" again',
  EMAIL_UNCONFIRMED: 'the e-mail address of this account is not confirmed. Confirm it in the Telegram app, then run "chatelaine generate-session" again',

  // What our own account may do.
  PEER_FLOOD: 'this account is limited for writing to people who do not know it. Write to @SpamBot in Telegram, which says for how long',
  FROZEN_METHOD_INVALID: 'Telegram has frozen this account. Open it in the Telegram app, which says why and how to appeal',
  FROZEN_PARTICIPANT_MISSING: 'Telegram has frozen this account. Open it in the Telegram app, which says why and how to appeal',
  USER_RESTRICTED: 'this account is limited. Write to @SpamBot in Telegram, which says for how long',
  PREMIUM_ACCOUNT_REQUIRED: 'only an account with Telegram Premium may do that. Give this account Premium, or use another',

  // Those we write to.
  USER_IS_BLOCKED: 'they have blocked this account. Ask them to unblock it',
  YOU_BLOCKED_USER: 'this account has blocked them. Unblock them in the Telegram app',
  INPUT_USER_DEACTIVATED: 'their account is gone. Take its number out of the role that admits it',
  USER_PRIVACY_RESTRICTED: 'their privacy settings do not let this account write to them. Ask them to add it to their contacts',
  PRIVACY_PREMIUM_REQUIRED: 'they take messages from contacts and Premium accounts only. Ask them to add this account to their contacts',
  ALLOW_PAYMENT_REQUIRED: 'they take messages of strangers for a fee only. Ask them to add this account to their contacts',
  CHAT_WRITE_FORBIDDEN: 'this account may not write there',
  CHAT_SEND_DOCS_FORBIDDEN: 'this account may not send files there',
  PEER_ID_INVALID: 'this session does not know them yet. It does as soon as they write to it again',
  USER_IS_BOT: 'a bot cannot be written to by a bot. Log the userbot in with an account of a person',

  // What we write.
  MESSAGE_TOO_LONG: 'the answer was too long for a message. This is a fault of Chatelaine; please report it',
  MEDIA_CAPTION_TOO_LONG: 'the words beside a file were too long. This is a fault of Chatelaine; please report it',
  MESSAGE_EMPTY: 'the answer was empty to Telegram, which takes no message of white space alone',
  FILE_PARTS_INVALID: 'the answer is larger than a file may be. Keep smaller secrets, or have it read from the Vault itself',
  RANDOM_ID_DUPLICATE: 'the very same message was sent before',
}

/** Whole words that come from outside are repeated only if they look like one of Telegram's constants. */
const constant = /^[A-Z][A-Z0-9_%]{1,63}$/

export function telegramSentence(text: string, code: number): string {
  const known = Object.hasOwn(telegramWords, text) ? telegramWords[text] : undefined
  if (known !== undefined) return `${known} (${text})`
  const name = constant.test(text) ? text : 'an error without a name'
  const later = code >= 500 || code < 0
  if (later) return `${name} (${code}), a fault on its side. Try again in a while`
  return `${name} (${code}), which is not known here. https://core.telegram.org/api/errors explains it; try again later, or report it to the makers of Chatelaine`
}
