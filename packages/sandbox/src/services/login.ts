import { randomBytes } from 'node:crypto'
import type { tl } from '@mtcute/core'
import { same } from '../crypto/bytes.js'
import { refuse } from '../errors.js'
import type { Call, Methods } from '../rpc/methods.js'
import type { Authorization } from '../session/keys.js'
import { digits, type Account } from './accounts.js'
import type { Codes } from './codes.js'
import { challenge, kdf, proves, type Challenge } from './password.js'
import type { World } from './world.js'

/** How long a code is good for. */
const CODE_LIFE = 300
const MOST_GUESSES = 5

/** A login that has begun under one key. */
interface Login {
  readonly account: Account
  readonly code: string
  readonly hash: string
  readonly expiresAt: number
  guesses: number
  passwordDue: boolean
  challenge?: Challenge
}

/** What both steps of a login share. */
interface Desk {
  readonly world: World
  readonly codes: Codes
  /** Held weakly: when the server forgets a key, what was begun under it goes too. */
  readonly logins: WeakMap<Authorization, Login>
  finish(call: Call, account: Account): tl.auth.RawAuthorization
}

/** https://core.telegram.org/api/auth and https://core.telegram.org/api/srp */
export function loginMethods(world: World, codes: Codes): Methods {
  const logins = new WeakMap<Authorization, Login>()

  const finish = ({ authorization }: Call, account: Account): tl.auth.RawAuthorization => {
    logins.delete(authorization)
    codes.spend(account.phone)
    authorization.userId = account.id
    return { _: 'auth.authorization', user: world.people.user(account, account.id) }
  }

  const desk: Desk = { world, codes, logins, finish }
  return {
    ...codeMethods(desk),
    ...passwordMethods(desk),

    'auth.logOut'(call) {
      world.caller(call)
      delete call.authorization.userId
      return { _: 'auth.loggedOut' }
    },
  }
}

/** The first step: a code to a device that is logged in already. */
function codeMethods({ world, codes, logins, finish }: Desk): Methods {
  const begin = ({ authorization }: Call, phone: string): tl.auth.RawSentCode => {
    const account = world.accounts.byPhone(phone)
    if (!account) throw refuse(digits(phone).length < 5 ? 'phoneNumberInvalid' : 'phoneNumberUnoccupied')
    const [code, hash] = [codes.issue(account.phone), randomBytes(9).toString('hex')]
    const expiresAt = world.now() + CODE_LIFE
    logins.set(authorization, { account, code, hash, expiresAt, guesses: 0, passwordDue: false })
    return { _: 'auth.sentCode', type: account.codeBy ?? { _: 'auth.sentCodeTypeApp', length: code.length }, phoneCodeHash: hash }
  }

  const begun = ({ authorization }: Call, hash: string): Login => {
    const login = logins.get(authorization)
    if (!login || login.hash !== hash || login.expiresAt <= world.now()) throw refuse('phoneCodeExpired')
    return login
  }

  return {
    'auth.sendCode': (call, { phoneNumber }) => begin(call, phoneNumber),

    'auth.resendCode'(call, { phoneNumber, phoneCodeHash }) {
      begun(call, phoneCodeHash)
      return begin(call, phoneNumber)
    },

    'auth.cancelCode'(call, { phoneCodeHash }) {
      begun(call, phoneCodeHash)
      return logins.delete(call.authorization)
    },

    'auth.signIn'(call, { phoneNumber, phoneCodeHash, phoneCode }) {
      const login = begun(call, phoneCodeHash)
      if (login.account.phone !== digits(phoneNumber)) throw refuse('phoneNumberInvalid')
      if (!phoneCode) throw refuse('phoneCodeEmpty')
      if (!same(Buffer.from(phoneCode), Buffer.from(login.code))) {
        if (++login.guesses >= MOST_GUESSES) logins.delete(call.authorization)
        throw refuse('phoneCodeInvalid')
      }
      if (!login.account.password) return finish(call, login.account)
      login.passwordDue = true
      throw refuse('sessionPasswordNeeded')
    },
  }
}

/** The second step: the password that some accounts have. */
function passwordMethods({ world, logins, finish }: Desk): Methods {
  return {
    'account.getPassword'(call) {
      const login = logins.get(call.authorization)
      const account = login?.passwordDue ? login.account : world.caller(call)
      const asked = account.password && challenge(account.password)
      if (login && asked) login.challenge = asked
      return passwordState(account, asked)
    },

    'auth.checkPassword'(call, { password }) {
      const login = logins.get(call.authorization)
      const [asked, verifier] = [login?.challenge, login?.account.password]
      if (!login?.passwordDue || !asked || !verifier) throw refuse('srpIdInvalid')
      delete login.challenge
      if (password._ !== 'inputCheckPasswordSRP') throw refuse('passwordHashInvalid')
      if (asked.id.neq(password.srpId)) throw refuse('srpIdInvalid')
      if (!proves(verifier, asked, password)) throw refuse('passwordHashInvalid')
      return finish(call, login.account)
    },
  }
}

function passwordState({ password }: Account, asked: Challenge | undefined): tl.account.RawPassword {
  // A client that sets a password lengthens the first salt by 32 bytes of its own.
  const fresh = { salt1: randomBytes(8), salt2: randomBytes(16) }
  return {
    _: 'account.password',
    ...(password && asked && { hasPassword: true, currentAlgo: kdf(password), srpB: asked.B, srpId: asked.id }),
    newAlgo: kdf(fresh),
    newSecureAlgo: { _: 'securePasswordKdfAlgoUnknown' },
    secureRandom: randomBytes(32),
  }
}
