/**
 * One question shared by all who ask at the same time. Who arrives before it is sent shares its answer; who arrives later
 * shares the next one, for an answer may be older than the asker: that is what makes a read strict.
 */
export class SharedQuestion<T> {
  readonly #ask: () => Promise<T>
  readonly #use: (answer: T) => Promise<void> | undefined
  readonly #most: number
  #underWay = 0
  #next: { readonly promise: Promise<void>; readonly settle: (answer: Promise<void>) => void } | undefined

  /** At most `most` are asked at once; more would only wait in etcd. `use` makes of the answer what the askers wait for. */
  constructor(ask: () => Promise<T>, use: (answer: T) => Promise<void> | undefined, most: number) {
    this.#ask = ask
    this.#use = use
    this.#most = most
  }

  answered(): Promise<void> {
    if (!this.#next) {
      this.#next = pending()
      // At the end of the event loop's turn, when all whose requests came together have asked.
      if (this.#underWay < this.#most) setImmediate(() => this.#send())
    }
    return this.#next.promise
  }

  #send(): void {
    const next = this.#next
    if (!next || this.#underWay >= this.#most) return
    this.#next = undefined
    this.#underWay += 1
    const done = () => {
      this.#underWay -= 1
      if (this.#next) this.#send()
    }
    const answer = this.#ask()
    answer.then(done, done)
    next.settle(answer.then(this.#use))
  }
}

function pending() {
  let settle: (answer: Promise<void>) => void = () => undefined
  const promise = new Promise<void>((resolve) => (settle = resolve))
  return { promise, settle }
}
