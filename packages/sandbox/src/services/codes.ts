import { randomInt } from 'node:crypto'
import { digits } from './accounts.js'

/** Login codes on their way: what Telegram would send to the person's other devices. */
export class Codes {
  readonly #newest = new Map<string, string>()
  readonly #waiting = new Map<string, ((code: string) => void)[]>()

  issue(phone: string): string {
    const code = String(randomInt(10_000, 100_000))
    this.#newest.set(phone, code)
    for (const resolve of this.#waiting.get(phone) ?? []) resolve(code)
    this.#waiting.delete(phone)
    return code
  }

  /** A code logs in once; whoever asks next waits for the next. */
  spend(phone: string): void {
    this.#newest.delete(phone)
  }

  codeFor(phone: string): Promise<string> {
    const key = digits(phone)
    const code = this.#newest.get(key)
    if (code !== undefined) return Promise.resolve(code)
    return new Promise((resolve) => this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), resolve]))
  }
}
