/** Seconds for which refusals count. */
const span = 60
const mostEach = 5
const mostAtAll = 60

/**
 * How often strangers are answered. Anybody can write to us, and Telegram stops an account that writes too much: without a
 * limit a stranger could use our own refusals to silence us for everybody.
 */
export class Refusals {
  #recent: { readonly senderId: number; readonly at: number }[] = []

  /** Whether `senderId` may be refused aloud once more; counts it if so. */
  allow(senderId: number, now: number): boolean {
    this.#recent = this.#recent.filter(({ at }) => now - at < span)
    const own = this.#recent.filter((one) => one.senderId === senderId)
    if (own.length >= mostEach || this.#recent.length >= mostAtAll) return false
    this.#recent.push({ senderId, at: now })
    return true
  }
}
