import type { SharedStorage, Storage, Term } from '@chatelaine/sdk'
import { CoreError } from './errors.js'
import { fenced } from './fenced.js'
import { pause, within } from './pause.js'

/** What a chore is given. */
export interface Duty {
  /** Says stop. */
  readonly signal: AbortSignal
  /** The same storage, refusing to be written once somebody else is the caretaker. Chores write by no other way. */
  fence(storage: Storage): Storage
}

/** Work that is nobody's request: expiring tokens, rotating the barrier's key. */
export interface Chore {
  readonly name: string
  run(duty: Duty): Promise<void>
}

/** How often each chore was done, and how often it failed. It outlives the caretaker: a counter does not go back at a sealing. */
export type ChoreCounts = Map<string, { runs: number; failures: number }>

export interface Care {
  readonly chores: readonly Chore[]
  readonly everyMs: number
  readonly report: (chore: string, error: unknown) => void
  readonly counts: ChoreCounts
  /** Where several nodes share the storage, one of them is elected. */
  readonly shared?: SharedStorage | undefined
  /** How long a node that stepped down leaves the office to others; 10 s. */
  readonly restMs?: number
}

/** How long to wait for a storage that shall be told that this term is over. It will find out by itself. */
const farewellMs = 1000

/**
 * Does every chore in turn, waits, and begins again, until it is stopped. A chore that fails is reported and tried again at its
 * next turn. Where several nodes share a storage it first waits to be elected, and again whenever its term is over.
 */
export class Caretaker {
  readonly #care: Care
  readonly #stopping = new AbortController()
  readonly #going: Promise<void>
  #term: Term | undefined
  #resting = false
  #unreachable = false

  constructor(care: Care) {
    this.#care = care
    for (const { name } of care.chores) if (!care.counts.has(name)) care.counts.set(name, { runs: 0, failures: 0 })
    const alone: Duty = { signal: this.#stopping.signal, fence: (storage) => storage }
    this.#going = care.shared ? this.#elections(care.shared) : this.#serve(alone)
  }

  /** Whether this node does the chores, as far as it knows. */
  get inCharge(): boolean {
    return this.#care.shared === undefined || this.#term !== undefined
  }

  /** Leaves the office to another node, if there is one that wants it soon. */
  async stepDown(): Promise<void> {
    const term = this.#term
    if (!term) return
    this.#resting = true
    await term.resign()
  }

  /** Resolves when the chore at hand has let go. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#going
  }

  async #elections({ cluster }: SharedStorage): Promise<void> {
    const { signal } = this.#stopping
    const { everyMs, restMs = 10_000 } = this.#care
    while (!signal.aborted) {
      const term = await cluster.campaign(signal).catch((error: unknown) => this.#missed(error))
      if (!term) {
        await pause(everyMs, signal)
        continue
      }
      this.#term = term
      await this.#serve({ signal: AbortSignal.any([signal, term.ended]), fence: (storage) => fenced(storage, term) })
      this.#term = undefined
      await within(farewellMs, term.resign().catch((error: unknown) => this.#missed(error)))
      if (this.#resting) await pause(restMs, signal)
      this.#resting = false
    }
  }

  async #serve(duty: Duty): Promise<void> {
    for (;;) {
      await pause(this.#care.everyMs, duty.signal)
      if (duty.signal.aborted || !(await this.#round(duty))) return
    }
  }

  /** False when this term turned out to be over. */
  async #round(duty: Duty): Promise<boolean> {
    if (!(await this.#caughtUp())) return true
    for (const chore of this.#care.chores) {
      if (duty.signal.aborted) return true
      const counts = this.#care.counts.get(chore.name)
      try {
        await chore.run(duty)
        if (counts) counts.runs += 1
      } catch (error) {
        if (counts) counts.failures += 1
        if (CoreError.notCaretaker.is(error)) return false
        // What a sealing has taken the ground from fails, and is no news.
        if (!duty.signal.aborted) this.#care.report(chore.name, error)
      }
    }
    return true
  }

  async #caughtUp(): Promise<boolean> {
    try {
      await this.#care.shared?.catchUp(true)
      this.#unreachable = false
      return true
    } catch (error) {
      this.#missed(error)
      return false
    }
  }

  /** Said once for each outage, not once a second. */
  #missed(error: unknown): undefined {
    if (!this.#unreachable) this.#care.report('ask storage', error)
    this.#unreachable = true
  }
}
