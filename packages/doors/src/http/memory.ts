import { HttpError } from '../errors.js'

/**
 * What the bodies of one door may take up together. Each connection alone is bounded, but there may be any number of them: forty
 * bodies that are begun and never finished would be forty times the largest one.
 */
export class Memory {
  readonly #limit: number
  #held = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get held(): number {
    return this.#held
  }

  /** Throws when there is not so much left; then nothing was taken. */
  take(bytes: number): void {
    if (this.#held + bytes > this.#limit) throw HttpError.busy()
    this.#held += bytes
  }

  give(bytes: number): void {
    this.#held -= bytes
  }
}
