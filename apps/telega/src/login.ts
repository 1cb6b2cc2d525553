import type { SentCode, TelegramClient, User } from '@mtcute/node'
import { tl } from '@mtcute/core'
import { TelegaError } from './errors.js'
import type { Me, SessionIo } from './session-io.js'
import { whereSent } from './where-sent.js'

/** How often one thing is asked for. Somebody at the keyboard has given up before; a pipe that repeats itself shall end. */
const mostTries = 10
/** How many codes one login sends. Telegram counts them, and a login that asked for many is refused for a day. */
const mostCodes = 3

const phoneShape = /^\+?\d{5,18}$/

/** Logs in with phone, code and, where there is one, the two-step password, asking again for whatever was mistyped. */
export async function logIn(telegram: TelegramClient, io: SessionIo): Promise<Me> {
  await telegram.connect()
  const user = await withPhone(telegram, io)
  return { id: user.id, name: user.displayName }
}

async function withPhone(telegram: TelegramClient, io: SessionIo): Promise<User> {
  for (let tries = 0; tries < mostTries; tries++) {
    const phone = (await io.ask('Phone number, with the country code: ')).replace(/[\s().-]/g, '')
    if (!phoneShape.test(phone)) {
      io.say('That is not a phone number: it has digits only, and begins with the country code, as in +49 151 23456789.')
      continue
    }
    const sent = await sendCode(telegram, phone)
    if (sent === 'no number') {
      io.say('Telegram says that this is not a phone number. Write it with the country code, as in +49 151 23456789.')
      continue
    }
    return 'id' in sent ? sent : withCode(telegram, { phone, sent }, io)
  }
  throw TelegaError.tooManyAnswers({ what: 'A phone number' })
}

async function sendCode(telegram: TelegramClient, phone: string): Promise<SentCode | User | 'no number'> {
  try {
    return await telegram.sendCode({ phone })
  } catch (cause) {
    if (tl.RpcError.is(cause, 'PHONE_NUMBER_INVALID')) return 'no number'
    // mtcute's own error for an answer that is no code: Telegram sells those for some numbers.
    if (!tl.RpcError.is(cause) && cause instanceof Error && /payment/i.test(cause.message)) throw TelegaError.payment(undefined, { cause })
    throw cause
  }
}

interface Begun {
  readonly phone: string
  readonly sent: SentCode
}

async function withCode(telegram: TelegramClient, { phone, sent: first }: Begun, io: SessionIo): Promise<User> {
  let sent = announced(first, io)
  let codes = 1
  for (let tries = 0; tries < mostTries; tries++) {
    const code = (await io.ask('The code Telegram sent you: ')).replace(/[\s-]/g, '')
    if (code === '') {
      io.say('Type the code, which is digits as a rule, and then Enter; Ctrl-C ends.')
      continue
    }
    try {
      return await telegram.signIn({ phone, phoneCodeHash: sent.phoneCodeHash, phoneCode: code })
    } catch (error) {
      if (tl.RpcError.is(error, 'SESSION_PASSWORD_NEEDED')) return withPassword(telegram, io)
      if (tl.RpcError.is(error, 'PHONE_CODE_INVALID') || tl.RpcError.is(error, 'PHONE_CODE_EMPTY')) {
        io.say('That is not the code. Look again for the newest one.')
        continue
      }
      if (!tl.RpcError.is(error, 'PHONE_CODE_EXPIRED') || codes >= mostCodes) throw error
      codes++
      io.say('That code is no longer good: it has expired, or a wrong one was given too often. A new one is being sent.')
      const again = await sendCode(telegram, phone)
      if (again === 'no number') throw error
      if ('id' in again) return again
      sent = announced(again, io)
    }
  }
  throw TelegaError.tooManyAnswers({ what: 'The code' })
}

function announced(sent: SentCode, { say }: SessionIo): SentCode {
  if (sent.type === 'email_required') throw TelegaError.noEmailLogin()
  say(whereSent(sent.raw))
  return sent
}

async function withPassword(telegram: TelegramClient, { ask, say }: SessionIo): Promise<User> {
  for (let tries = 0; tries < mostTries; tries++) {
    // As typed: blanks belong to a password.
    const password = await ask('Two-step password: ', { hidden: true })
    if (password === '') {
      say('This account has a two-step password; type it, and then Enter.')
      continue
    }
    try {
      return await telegram.checkPassword(password)
    } catch (error) {
      if (tl.RpcError.is(error, 'PASSWORD_HASH_INVALID')) say('That is not the password.')
      else if (tl.RpcError.is(error, 'SRP_ID_INVALID')) say('Telegram asks for the password once more.')
      else throw error
    }
  }
  throw TelegaError.tooManyAnswers({ what: 'The two-step password' })
}
