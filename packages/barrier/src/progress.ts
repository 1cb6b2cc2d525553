import { equalBytes, secretCopy, uuid, zero } from '@chatelaine/crypto'

/** The shares given so far, in memory of their own, until there are enough or somebody starts again. */
export class Progress {
  #shares: Uint8Array[] = []
  #nonce = ''

  get shares(): readonly Uint8Array[] {
    return this.#shares
  }

  /** Names this attempt, so that those who hold shares know they work on the same one; '' when there is none. */
  get nonce() {
    return this.#nonce
  }

  /** Copies `share`, unless it is here already: the same share twice is one share. */
  add(share: Uint8Array): void {
    if (this.#shares.some((known) => equalBytes(known, share))) return
    if (this.#shares.length === 0) this.#nonce = uuid()
    this.#shares.push(secretCopy(share))
  }

  wipe(): void {
    zero(...this.#shares)
    this.#shares = []
    this.#nonce = ''
  }
}
