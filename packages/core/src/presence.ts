import type { Cluster, NodeFacts } from '@chatelaine/sdk'
import type { Log } from './log.js'
import { pause } from './pause.js'

const againMs = 500

/** Tells the other nodes what this one is. What could not be said is tried again until it is said, or is true no more. */
export class Presence {
  readonly #cluster: Cluster
  readonly #facts: () => NodeFacts
  readonly #log: Log
  readonly #closing = new AbortController()
  #unsaid = false
  #saying: Promise<void> | undefined

  constructor(cluster: Cluster, facts: () => NodeFacts, log: Log) {
    this.#cluster = cluster
    this.#facts = facts
    this.#log = log
  }

  /** To be called whenever the facts have changed. Resolves when all that was to be said has been. */
  say(): Promise<void> {
    this.#unsaid = true
    return (this.#saying ??= this.#sayAll().finally(() => (this.#saying = undefined)))
  }

  close(): void {
    this.#closing.abort()
  }

  async #sayAll(): Promise<void> {
    let failing = false
    while (this.#unsaid && !this.#closing.signal.aborted) {
      this.#unsaid = false
      try {
        await this.#cluster.announce(this.#facts())
      } catch (error) {
        if (this.#closing.signal.aborted) return
        if (!failing) this.#log('this node could not tell the others what it is, and goes on trying', { error })
        failing = true
        this.#unsaid = true
        await pause(againMs, this.#closing.signal)
      }
    }
  }
}
