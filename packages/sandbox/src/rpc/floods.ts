import { floodWait } from '../errors.js'

/** A refusal a test has asked for: the next `times` calls of `method`, by anybody or by one user. */
export interface Flood {
  readonly method: string
  readonly seconds: number
  readonly userId?: number
  readonly times?: number
}

/** Flood waits on demand: the real limits are unpublished, and a test wants to say when. */
export class Floods {
  readonly #due: { readonly flood: Flood; left: number }[] = []

  next(flood: Flood): void {
    this.#due.push({ flood, left: flood.times ?? 1 })
  }

  check(method: string, userId: number | undefined): void {
    const found = this.#due.find(({ flood }) => flood.method === method && (flood.userId ?? userId) === userId)
    if (!found) return
    found.left--
    if (found.left <= 0) this.#due.splice(this.#due.indexOf(found), 1)
    throw floodWait(found.flood.seconds)
  }
}
