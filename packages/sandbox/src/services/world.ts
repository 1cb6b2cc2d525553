import type { tl } from '@mtcute/core'
import { seconds, type Clock } from '../clock.js'
import { refuse } from '../errors.js'
import type { Call } from '../rpc/methods.js'
import type { Session } from '../session/session.js'
import { Accounts, type Account } from './accounts.js'
import { People } from './people.js'

/** Hands updates to every session of an account that listens, but one. */
export type Push = (userId: number, updates: tl.TypeUpdates, except: Session | undefined) => void

/** All that the services share. */
export class World {
  readonly accounts = new Accounts()
  readonly people = new People(this.accounts)
  readonly clock: Clock
  readonly #push: Push

  constructor(clock: Clock, push: Push) {
    this.clock = clock
    this.#push = push
  }

  now(): number {
    return seconds(this.clock)
  }

  /** Whoever is logged in under the caller's key. */
  caller({ authorization }: Call): Account {
    const account = this.accounts.byId(authorization.userId)
    if (!account) throw refuse('authKeyUnregistered')
    return account
  }

  updates(viewer: Account, updates: tl.TypeUpdate[]): tl.RawUpdates {
    return { _: 'updates', updates, ...this.people.mentioned(viewer, updates), date: this.now(), seq: 0 }
  }

  /** Tells an account's sessions, all but the one that already has it in its answer. */
  announce(account: Account, updates: tl.TypeUpdate[], except?: Session): void {
    this.#push(account.id, this.updates(account, updates), except)
  }
}
