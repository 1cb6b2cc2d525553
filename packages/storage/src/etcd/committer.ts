import { EtcdError } from '@chatelaine/etcd'
import { takeBatch, type Waiting } from './batch.js'
import type { Prepared } from './commit.js'
import { Lane, type LaneOptions } from './lane.js'

/** Several lanes: while one waits for etcd the next batch gathers, and the more wait the larger it becomes. */
export class Committer {
  readonly #lanes: readonly Lane[]
  readonly #queue: Waiting[] = []

  constructor(options: Omit<LaneOptions, 'index'>, lanes: number) {
    this.#lanes = Array.from({ length: lanes }, (_, index) => new Lane({ ...options, index }))
  }

  /** True when it was applied, false when a guard did not hold. */
  commit(prepared: Prepared): Promise<boolean> {
    return new Promise((settle, fail) => {
      this.#queue.push({ prepared, settle, fail })
      this.#pump()
    })
  }

  counts() {
    const sum = { batches: 0, commits: 0, settled: 0, lost: 0 }
    for (const { counts } of this.#lanes) for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += counts[key]
    return sum
  }

  #pump(): void {
    if (this.#queue.length === 0) return
    const lane = this.#lanes.find(({ busy }) => !busy)
    if (!lane) return
    lane.busy = true
    // At the end of the event loop's turn, when all who commit in it have queued.
    setImmediate(() => void this.#run(lane))
  }

  async #run(lane: Lane): Promise<void> {
    const batch = takeBatch(this.#queue)
    if (batch.length > 0) {
      this.#pump()
      const error = await lane.send(batch)
      // What could not be sent for all this time is not kept waiting for as long again: it was never sent, and is surely not applied.
      if (error && EtcdError.noQuorum.is(error)) for (const { fail } of this.#queue.splice(0)) fail(error)
    }
    lane.busy = false
    this.#pump()
  }
}
