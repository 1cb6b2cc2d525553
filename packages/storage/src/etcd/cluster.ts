import { EtcdError, numberOf, type Int64, type Members, type RequestOp } from '@chatelaine/etcd'
import type { Cluster, ClusterNode, NodeFacts, Term } from '@chatelaine/sdk'
import { lockKey, type Keyspace } from './keyspace.js'
import { Session, type Lease } from './session.js'

export interface ClusterOptions {
  readonly members: Members
  readonly space: Keyspace
  readonly self: string
  readonly ttlSeconds: number
}

const pollMs = 1000
const hedgeMs = 300

/**
 * Who is there, and who is the caretaker. Both hang on this process's lease, so a dead one is forgotten. None of it is read from
 * the cache: etcd lets go of a dead process's keys without a word to any lane.
 */
export class EtcdCluster implements Cluster {
  readonly self: string
  readonly #members: Members
  readonly #space: Keyspace
  readonly #session: Session
  #facts: NodeFacts | undefined
  #wake: (() => void)[] = []
  #term: { readonly guard: Term['guard']; readonly end: AbortController } | undefined

  constructor({ members, space, self, ttlSeconds }: ClusterOptions) {
    this.self = self
    this.#members = members
    this.#space = space
    this.#session = new Session(members, ttlSeconds, (lease) => this.#put(lease))
  }

  /** Whether this node is the caretaker, as far as it knows. */
  get caretaker(): boolean {
    return this.#term !== undefined && !this.#term.end.signal.aborted
  }

  async announce(facts: NodeFacts): Promise<void> {
    this.#facts = facts
    await this.#leased((lease) => this.#put(lease))
  }

  async nodes(): Promise<readonly ClusterNode[]> {
    const { nodes, data } = this.#space
    const answer = await this.#members.call(
      'KV/Txn',
      { success: [{ request_range: { key: nodes.from, range_end: nodes.to } }, { request_range: { key: data.from + lockKey } }] },
      { hedgeMs },
    )
    const [alive, lock] = answer.responses.map(({ response_range }) => response_range?.kvs ?? [])
    const caretaker = lock?.[0] && textOf(lock[0].value)
    return (alive ?? []).flatMap(({ key, value }) => {
      const id = key.slice(nodes.from.length)
      const facts = factsOf(value)
      return facts ? [{ ...facts, id, caretaker: id === caretaker }] : []
    })
  }

  async campaign(signal: AbortSignal): Promise<Term | undefined> {
    while (!signal.aborted) {
      const [lease, revision] = await this.#leased(async (lease) => [lease, await this.#take(lease.id)] as const)
      // A lease that has ended meanwhile carries no term: etcd lets go of the lock, and it is taken with another.
      if (revision !== undefined && !lease.ended.aborted) return this.#elected(revision, lease)
      await this.#lockFreed(signal)
    }
    return undefined
  }

  /** The watch saw the lock change: whoever waits for it looks again. */
  readonly onLock = (): void => this.#wake.splice(0).forEach((wake) => wake())

  async close(): Promise<void> {
    this.#term?.end.abort()
    this.onLock()
    await this.#session.close()
  }

  /** Works on this process's lease; on another when etcd turns out to have forgotten it before we noticed. */
  async #leased<T>(work: (lease: Lease) => Promise<T>): Promise<T> {
    const lease = await this.#session.lease()
    return work(lease).catch(async (error: unknown) => {
      if (!EtcdError.leaseGone.is(error)) throw error
      this.#session.end(lease)
      return work(await this.#session.lease())
    })
  }

  /** Key and lease in one transaction, so that no lock is left without one (hashicorp/vault #2540). A lost answer finds us the holder. */
  async #take(lease: Int64): Promise<number | undefined> {
    const key = this.#space.data.from + lockKey
    const mine: RequestOp = { request_put: { key, value: Buffer.from(this.self), lease } }
    const answer = await this.#members.call('KV/Txn', {
      compare: [{ target: 2, key, mod_revision: 0 }],
      success: [mine],
      failure: [{ request_range: { key } }],
    })
    if (answer.succeeded) return numberOf(answer.header.revision)
    const held = answer.responses[0]?.response_range?.kvs[0]
    const ours = held && textOf(held.value) === this.self && held.lease.toString() === lease.toString()
    return ours ? numberOf(held.mod_revision) : undefined
  }

  #elected(revision: number, lease: Lease): Term {
    const end = new AbortController()
    const guard = { key: lockKey, revision: BigInt(revision) }
    const term = { guard, end }
    this.#term = term
    if (lease.ended.aborted) end.abort()
    else lease.ended.addEventListener('abort', () => end.abort(), { once: true })
    const key = this.#space.data.from + lockKey
    return {
      guard,
      ended: end.signal,
      resign: async () => {
        end.abort()
        if (this.#term === term) this.#term = undefined
        await this.#members.call('KV/Txn', {
          compare: [{ target: 2, key, mod_revision: revision }],
          success: [{ request_delete_range: { key } }],
        })
      },
    }
  }

  /** Looks now and then as well: the watch may be late, and what it brings is no promise. */
  #lockFreed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, pollMs).unref()
      signal.addEventListener('abort', done)
      this.#wake.push(done)
    })
  }

  async #put(lease: Lease): Promise<void> {
    if (!this.#facts) return
    const key = this.#space.nodes.from + this.self
    await this.#members.call('KV/Put', { key, value: Buffer.from(JSON.stringify(this.#facts)), lease: lease.id })
  }
}

const textOf = (value: Uint8Array) => Buffer.from(value.buffer, value.byteOffset, value.length).toString()

function factsOf(value: Uint8Array): NodeFacts | undefined {
  try {
    const { name, apiAddress, version, sealed } = JSON.parse(textOf(value)) as Partial<NodeFacts>
    return { name: String(name), apiAddress: String(apiAddress), version: String(version), sealed: sealed === true }
  } catch {
    return undefined
  }
}
