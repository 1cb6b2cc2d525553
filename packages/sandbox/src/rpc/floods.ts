import { floodWait, RpcError } from '../errors.js'

/** A refusal a test has asked for: the next `times` calls of `method`, by anybody or by one user. */
export interface Flood {
  readonly method: string
  readonly seconds: number
  readonly userId?: number
  readonly times?: number
}

/** The same with any error of Telegram's, as 401 and `USER_DEACTIVATED_BAN`. */
export interface Refused extends Omit<Flood, 'seconds'> {
  readonly code: number
  readonly text: string
}

/** Refusals on demand: the real limits are unpublished, few can get themselves banned, and a test wants to say when. */
export class Floods {
  readonly #due: { readonly what: Omit<Flood, 'seconds'>; readonly error: RpcError; left: number }[] = []

  next(flood: Flood): void {
    this.#due.push({ what: flood, error: floodWait(flood.seconds), left: flood.times ?? 1 })
  }

  refuse(refused: Refused): void {
    this.#due.push({ what: refused, error: new RpcError(refused.code, refused.text), left: refused.times ?? 1 })
  }

  check(method: string, userId: number | undefined): void {
    const found = this.#due.find(({ what }) => what.method === method && (what.userId ?? userId) === userId)
    if (!found) return
    found.left--
    if (found.left <= 0) this.#due.splice(this.#due.indexOf(found), 1)
    throw found.error
  }
}
