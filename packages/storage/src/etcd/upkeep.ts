import { numberOf, type Members } from '@chatelaine/etcd'
import type { Cluster } from '@chatelaine/sdk'
import type { Cache } from './cache.js'
import type { EtcdCluster } from './cluster.js'
import type { Keyspace } from './keyspace.js'
import type { LargeValues } from './large.js'
import { reconcile } from './reconcile.js'

export interface UpkeepOptions {
  readonly members: Members
  readonly space: Keyspace
  readonly cache: Cache
  readonly large: LargeValues
  readonly cluster: EtcdCluster
  readonly catchUp: () => Promise<void>
  readonly everyMs: number
  readonly onDiffering: (keys: readonly string[]) => void
  readonly report: (chore: string, error: unknown) => void
}

const sampled = 2000
/** A process that says nothing for so long will say nothing more; a piece that nobody refers to after it belongs to none. */
const graceMs = 600_000
/** A process that has slept for longer is told to start anew, for it finds no trace of its lanes: as in a store that was restored. */
const buriedSeconds = 7 * 86_400

/** What keeps the store in order, now and then, until the returned function is called. */
export function startUpkeep(options: UpkeepOptions): () => Promise<void> {
  const lanes = new DeadLanes(options)
  let stopped = false
  let under: Promise<void> = Promise.resolve()
  const round = async () => {
    const { members, space, cache, large, cluster, catchUp, onDiffering, report } = options
    const chore = async (name: string, work: () => Promise<unknown>) => {
      if (!stopped) await work().catch((error: unknown) => stopped || report(name, error))
    }
    await chore('reconcile', async () => {
      const differing = await reconcile({ members, space, cache, catchUp, most: sampled })
      if (differing.length > 0) onDiffering(differing)
    })
    if (!cluster.caretaker) return
    await chore('lanes', () => lanes.remove())
    await chore('parts', () => large.sweep(graceMs))
  }
  const timer = setInterval(() => (under = under.then(round)), options.everyMs).unref()
  return async () => {
    stopped = true
    clearInterval(timer)
    await under
  }
}

interface DeadLanesOptions extends Pick<UpkeepOptions, 'members' | 'space'> {
  readonly cluster: Pick<Cluster, 'self' | 'nodes'>
}

/**
 * Lanes of processes that are no more. Each is removed by a transaction that finds it where it stood long ago, so a process that
 * only slept loses nothing: its last transaction was applied before, or never will be. A row tells of each for a week, so that it is
 * not missed as one that a restore from a backup took away.
 */
export class DeadLanes {
  readonly #options: DeadLanesOptions
  readonly #now: () => number
  readonly #stood = new Map<string, { readonly revision: number; readonly since: number }>()

  constructor(options: DeadLanesOptions, now: () => number = () => performance.now()) {
    this.#options = options
    this.#now = now
  }

  async remove(): Promise<number> {
    const { members, space, cluster } = this.#options
    const alive = new Set((await cluster.nodes()).map(({ id }) => id).concat(cluster.self))
    const { kvs } = await members.call('KV/Range', { key: space.lanes.from, range_end: space.lanes.to, keys_only: true })
    const newest = Math.max(0, ...kvs.map(({ mod_revision }) => numberOf(mod_revision)))
    let removed = 0
    for (const { key, mod_revision } of kvs) {
      const revision = numberOf(mod_revision)
      const [id = ''] = key.slice(space.lanes.from.length).split('/')
      // The newest marker of all is what readers go by, and must not fall: it stays until another is newer.
      if (alive.has(id) || revision === newest) this.#stood.delete(key)
      else if (this.#stood.get(key)?.revision !== revision) this.#stood.set(key, { revision, since: this.#now() })
      else if (this.#now() - (this.#stood.get(key)?.since ?? Infinity) >= graceMs) removed += await this.#removeLane(key, id, revision)
    }
    return removed
  }

  async #removeLane(key: string, id: string, revision: number): Promise<number> {
    const { members, space } = this.#options
    const witnesses = `${space.witnesses.from}${id}/`
    const buried = space.buried.from + key.slice(space.lanes.from.length)
    const { ID: lease } = await members.call('Lease/LeaseGrant', { TTL: buriedSeconds })
    const { succeeded } = await members.call('KV/Txn', {
      compare: [{ target: 2, key, mod_revision: revision }],
      success: [{ request_put: { key: buried, value: new Uint8Array(0), lease } }, { request_delete_range: { key } }, { request_delete_range: { key: witnesses, range_end: `${witnesses.slice(0, -1)}0` } }],
    })
    this.#stood.delete(key)
    return succeeded ? 1 : 0
  }
}
