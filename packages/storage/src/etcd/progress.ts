import { numberOf, type Members } from '@chatelaine/etcd'
import { StorageError } from '../errors.js'
import type { Continuity } from './continuity.js'
import type { Keyspace } from './keyspace.js'
import { SharedQuestion } from './question.js'
import type { Watch } from './watch.js'

export interface ProgressOptions {
  readonly members: Members
  readonly space: Keyspace
  readonly watch: Watch
  readonly continuity: Continuity
  readonly maxStalenessMs: number
  readonly requestTimeoutMs: number
}

const questions = 4
const hedgeMs = 150
/** When most members are silent, waiting for the watch is waiting for nothing. */
const shortMs = 1200

/** How far the writers of all nodes have come, asked of etcd, and waited for. */
export class Progress {
  readonly #options: ProgressOptions
  readonly #question: SharedQuestion<number>
  /** When the newest question was sent whose answer has been caught up with. */
  #askedAt = -Infinity
  /** Since when questions are asked and none is answered. */
  #silentSince: number | undefined
  #answeredAt = -Infinity
  #smoothedMs = 0
  #count = 0

  constructor(options: ProgressOptions) {
    this.#options = options
    this.#question = new SharedQuestion(() => this.ask(), (revision) => options.watch.until(revision, this.#patience), questions)
  }

  async catchUp(exactly: boolean): Promise<void> {
    const { maxStalenessMs } = this.#options
    if (!exactly && maxStalenessMs > 0 && performance.now() - this.#askedAt <= maxStalenessMs) return
    await this.#question.answered()
  }

  get facts() {
    const now = performance.now()
    return {
      count: this.#count,
      questionMs: this.#smoothedMs,
      unansweredMs: this.#silentSince === undefined ? 0 : now - this.#silentSince,
      answeredMs: now - this.#answeredAt,
    }
  }

  /** The newest of the lanes' markers, as a majority of etcd knows them. Rejects when they are not those that were seen before. */
  async ask(): Promise<number> {
    const { members, space: { lanes }, watch, continuity, maxStalenessMs } = this.#options
    const [begun, bound, seen] = [performance.now(), continuity.bound, watch.seen]
    this.#count += 1
    this.#silentSince ??= begun
    const { header, kvs } = await members.call('KV/Range', { key: lanes.from, range_end: lanes.to, keys_only: true }, { hedgeMs }).catch((error: unknown) => {
      // Given up after every member was tried: an answer from before says no more that a majority is there.
      this.#answeredAt = -Infinity
      throw error
    })
    const found = numberOf(header.revision)
    // A majority is never behind what one of its members has shown, unless it is another one.
    if (found < seen) throw StorageError.rewound({ problem: `is at revision ${found} and was at ${seen}` })
    const buried = continuity.check(kvs, bound)
    if (buried) await buried
    this.#silentSince = undefined
    this.#answeredAt = performance.now()
    this.#smoothedMs += (performance.now() - begun - this.#smoothedMs) / 8
    let newest = 0
    for (const { mod_revision } of kvs) newest = Math.max(newest, numberOf(mod_revision))
    if (maxStalenessMs > 0) void this.#noteAsked(begun, newest)
    return newest
  }

  async #noteAsked(begun: number, revision: number): Promise<void> {
    await this.#options.watch.until(revision, this.#patience)?.catch(() => (begun = -Infinity))
    this.#askedAt = Math.max(this.#askedAt, begun)
  }

  get #patience(): number {
    const { members, requestTimeoutMs } = this.#options
    return members.quorate ? requestTimeoutMs : Math.min(shortMs, requestTimeoutMs)
  }
}
