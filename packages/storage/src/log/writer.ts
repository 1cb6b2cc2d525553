import { StorageError } from '../errors.js'
import type { EncodedCommit } from './commits.js'
import { apply, judge, sealLarge } from './commits.js'
import { LARGE } from './format.js'
import type { KeyIndex } from './key-index.js'
import type { Log } from './log.js'

/** One flush carries at most about this many bytes, so that the first to come does not wait for all of a flood. */
const BATCH_BYTES = 0x10_0000

interface Waiting {
  readonly commit: EncodedCommit
  readonly answer: (accepted: boolean) => void
  readonly fail: (error: unknown) => void
}

/** What lies alone is not copied. */
const bodyOf = (commits: readonly EncodedCommit[]) =>
  commits.length === 1 ? commits[0]!.bytes : Buffer.concat(commits.map(({ bytes }) => bytes))

/**
 * Writes commits in the order they came. While one flush is under way others gather, and the next takes them all:
 * the more writers, the fewer flushes each.
 */
export class Writer {
  readonly #log: Log
  readonly #index: KeyIndex
  readonly #betweenBatches: () => void
  readonly #queue: Waiting[] = []
  #running: Promise<void> | undefined
  /** Of the newest commit the index shows. The log's own may be ahead of it by what was flushed a moment ago. */
  revision: number

  constructor(log: Log, index: KeyIndex, betweenBatches: () => void) {
    this.#log = log
    this.#index = index
    this.#betweenBatches = betweenBatches
    this.revision = log.revision
  }

  commit(commit: EncodedCommit): Promise<boolean> {
    return new Promise((answer, fail) => {
      this.#queue.push({ commit, answer, fail })
      this.#running ??= this.#run()
    })
  }

  /** Resolves when all that was queued has been answered. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    await undefined // lets commits of the same turn in
    while (this.#queue.length > 0) {
      await this.#write(this.#take())
      this.#betweenBatches()
    }
    this.#running = undefined
  }

  #take(): Waiting[] {
    let bytes = 0
    const full = this.#queue.findIndex(({ commit }) => (bytes += commit.bytes.length) > BATCH_BYTES)
    return this.#queue.splice(0, full < 0 ? this.#queue.length : Math.max(full, 1))
  }

  /** A refusal waits for the flush too: what made its guard fail may be a commit in the same batch. */
  async #write(batch: readonly Waiting[]): Promise<void> {
    try {
      const accepted = await this.#flush(batch.map(({ commit }) => commit))
      batch.forEach(({ answer }, i) => answer(accepted[i]!))
    } catch (error) {
      // Surely not applied, and perhaps for one of them alone there is no room.
      if (batch.length > 1 && StorageError.unwritable.is(error)) return this.#writeHalves(batch)
      batch.forEach(({ fail }) => fail(error))
    }
  }

  async #writeHalves(batch: readonly Waiting[]): Promise<void> {
    const middle = batch.length >> 1
    await this.#write(batch.slice(0, middle))
    await this.#write(batch.slice(middle))
  }

  async #flush(commits: readonly EncodedCommit[]): Promise<boolean[]> {
    const judged = judge(commits, this.#index, this.#log.revision)
    const written = commits.filter(({ entries }, i) => judged[i]!.accepted && entries.length > 0)
    if (written.length > 0) {
      const revision = judged.at(-1)!.revision
      for (const [i, commit] of commits.entries()) {
        if (judged[i]!.accepted && commit.bytes.length > LARGE) await sealLarge(commit, judged[i]!.revision)
      }
      let at = await this.#log.append(bodyOf(written), revision)
      commits.forEach((commit, i) => {
        if (!judged[i]!.accepted) return
        apply(commit, this.#index, { segment: this.#log.active, at, revision: judged[i]!.revision })
        at += commit.bytes.length
      })
      this.revision = revision
    }
    return judged.map(({ accepted }) => accepted)
  }
}
