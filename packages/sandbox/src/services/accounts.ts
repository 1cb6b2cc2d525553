import { createHmac, randomBytes } from 'node:crypto'
import type { tl } from '@mtcute/core'
import Long from 'long'
import { Mailbox } from './mailbox.js'
import { makeVerifier, type Verifier } from './password.js'

/** Somebody with a telephone number. */
export interface Account {
  readonly id: number
  readonly phone: string
  readonly firstName: string
  readonly username: string | undefined
  readonly password: Verifier | undefined
  /** How login codes reach this person. */
  readonly codeBy: tl.auth.TypeSentCodeType | undefined
  readonly mailbox: Mailbox
}

export interface NewAccount {
  readonly phone: string
  readonly firstName: string
  readonly username?: string
  readonly password?: string
  /** How login codes reach this person: to the Telegram app, unless told otherwise. */
  readonly codeBy?: tl.auth.TypeSentCodeType
  readonly id?: number
}

const FIRST_ID = 1_000_001

export const digits = (phone: string) => phone.replace(/\D/g, '')

/** All accounts there are. */
export class Accounts {
  readonly #byId = new Map<number, Account>()
  readonly #hashKey = randomBytes(32)
  #nextId = FIRST_ID

  add({ phone, firstName, username, password, codeBy, id }: NewAccount): Account {
    const named = username !== undefined && this.byUsername(username)
    if (named || this.byPhone(phone) || this.byId(id)) throw new TypeError('the account exists already')
    while (this.#byId.has(this.#nextId)) this.#nextId++
    const account: Account = {
      id: id ?? this.#nextId++,
      phone: digits(phone),
      firstName,
      username,
      password: password === undefined ? undefined : makeVerifier(password),
      codeBy,
      mailbox: new Mailbox(),
    }
    this.#byId.set(account.id, account)
    return account
  }

  byId(id: number | undefined): Account | undefined {
    return id === undefined ? undefined : this.#byId.get(id)
  }

  byPhone(phone: string): Account | undefined {
    return this.#find((account) => account.phone === digits(phone))
  }

  byUsername(username: string): Account | undefined {
    return this.#find((account) => account.username?.toLowerCase() === username.toLowerCase())
  }

  /** What one account must show to address another: each sees a different number, so that none can be passed on. */
  accessHash(viewer: number, target: number): Long {
    const bytes = createHmac('sha256', this.#hashKey).update(`${viewer}:${target}`).digest()
    return new Long(bytes.readInt32LE(0), bytes.readInt32LE(4))
  }

  #find(test: (account: Account) => boolean): Account | undefined {
    for (const account of this.#byId.values()) if (test(account)) return account
    return undefined
  }
}
