import { EtcdError, isPassing, numberOf, type EtcdTls, type Members } from '@chatelaine/etcd'
import { VaultError, type Entry, type Guard, type Measure, type Page, type SharedStorage, type StorageHealth, type StorageSnapshot, type Write } from '@chatelaine/sdk'
import { StorageError } from '../errors.js'
import type { Waiting } from './batch.js'
import { Cache } from './cache.js'
import { EtcdCluster } from './cluster.js'
import { prepare, type Prepared } from './commit.js'
import { Committer } from './committer.js'
import { Continuity } from './continuity.js'
import { Follower } from './follower.js'
import { healthOf } from './health.js'
import { formatVersion, keyspace, lockKey, type Keyspace } from './keyspace.js'
import { bytesOf, inlineBytes, LargeValues } from './large.js'
import { Listing } from './listing.js'
import { entryOf, Loader } from './loader.js'
import { measuresOf } from './measures.js'
import type { SettledOptions } from './options.js'
import { Progress } from './progress.js'
import { takeSnapshot } from './snapshot.js'
import { startUpkeep } from './upkeep.js'
import { decodeStored } from './value.js'
import { Watch } from './watch.js'

export interface Parts {
  readonly members: Members
  readonly self: string
  readonly options: SettledOptions
}

const lanes = 2
const lockHedgeMs = 150
/** To put away the parts of a large value. */
const attempts = 3

/** See openEtcdStorage. */
export class EtcdStorage implements SharedStorage {
  readonly cluster: EtcdCluster
  readonly #members: Members
  readonly #options: Parts['options']
  readonly #space: Keyspace
  readonly #cache: Cache
  readonly #watch: Watch
  readonly #follower: Follower
  readonly #continuity: Continuity
  readonly #progress: Progress
  readonly #committer: Committer
  readonly #large: LargeValues
  readonly #loader: Loader
  readonly #listing: Listing
  readonly #counts = { reads: 0, misses: 0, holes: 0, repaired: 0 }
  /** The newest revision of a commit of this node's, of which the watch may have yet to tell. */
  #written = 0
  #full = false
  #stopUpkeep: () => Promise<void> = async () => undefined
  #rewound: VaultError | undefined
  #closed = false

  constructor({ members, self, options }: Parts) {
    this.#members = members
    this.#options = options
    this.#space = keyspace(options.prefix)
    this.#cache = new Cache(options.cacheBytes)
    this.cluster = new EtcdCluster({ members, space: this.#space, self, ttlSeconds: options.lockTtlSeconds })
    this.#continuity = new Continuity(members, this.#space)
    this.#follower = new Follower({ cache: this.#cache, space: this.#space, continuity: this.#continuity, onHole: (lane) => this.#hole(lane), onLock: this.cluster.onLock })
    this.#watch = new Watch({
      members,
      range: this.#space.all,
      onEvents: this.#follower.onEvents,
      onGap: () => this.#forgetAll('etcd has compacted what this node had yet to see'),
      report: (message, error) => options.log(message, { error }),
    })
    const { maxStalenessMs, requestTimeoutMs } = options
    this.#progress = new Progress({ members, space: this.#space, watch: this.#watch, continuity: this.#continuity, maxStalenessMs, requestTimeoutMs })
    this.#large = new LargeValues(members, this.#space)
    this.#listing = new Listing(members)
    this.#loader = new Loader({ members, space: this.#space, large: this.#large, cache: this.#cache, seen: () => Math.max(this.#watch.seen, this.#written) })
    this.#committer = new Committer({ members, space: this.#space, node: self, onApplied: this.#learn, continuity: this.#continuity, confirm: async () => void (await this.#progress.ask()) }, lanes)
  }

  /** Begins to watch. Nothing is read before: a start costs the same with a million entries as with none. */
  async open(): Promise<void> {
    const { from, to } = this.#space.lanes
    const { header, responses } = await this.#members.call('KV/Txn', {
      success: [{ request_range: { key: this.#space.format } }, { request_range: { key: from, range_end: to, count_only: true } }],
    })
    const format = responses[0]?.response_range?.kvs[0]?.value
    const version = format && Buffer.from(format).toString('latin1')
    if (version !== undefined && version !== formatVersion) throw StorageError.newerFormat({ file: this.#space.format, format: version })
    this.#watch.open(numberOf(header.revision))
    this.#stopUpkeep = startUpkeep({
      members: this.#members,
      space: this.#space,
      cache: this.#cache,
      large: this.#large,
      cluster: this.cluster,
      catchUp: () => this.catchUp(true),
      everyMs: this.#options.reconcileMs,
      onDiffering: (keys) => {
        this.#counts.repaired += keys.length
        this.#options.log('what this node remembered differed from etcd, and was forgotten', { entries: keys.length })
      },
      report: (chore, error) => this.#options.log('upkeep of etcd failed, and will be tried again', { chore, error }),
    })
  }

  async get(key: string): Promise<Entry | undefined> {
    this.#refuse()
    this.#counts.reads += 1
    if (key === lockKey) return this.#readLock()
    const known = this.#cache.get(key)
    if (known) return known.entry
    this.#counts.misses += 1
    return (await this.#loader.load(key).catch(this.#explain)).entry
  }

  async list(prefix: string, page?: Page): Promise<string[]> {
    this.#refuse()
    return this.#listing.children(this.#space.data.from + prefix, page).catch(this.#explain)
  }

  async commit(writes: readonly Write[], guards: readonly Guard[] = []): Promise<boolean> {
    this.#refuse()
    const done = await (bytesOf(writes) > inlineBytes ? this.#commitLarge(writes, guards) : this.#commit(() => prepare(writes, guards, this.#space)))
    // Whoever lost reads again, and must then see what he lost against. If that cannot be, his next read says so.
    if (!done) await this.catchUp(true).catch(() => undefined)
    return done
  }

  async catchUp(exactly = false): Promise<void> {
    this.#refuse()
    await this.#progress.catchUp(exactly).catch(this.#explain)
  }

  snapshot(): Promise<StorageSnapshot> {
    return takeSnapshot({ members: this.#members, space: this.#space, large: this.#large })
  }

  health(): StorageHealth {
    const rewound = this.#lost()
    return rewound ? { state: 'rewound', problem: rewound.message } : healthOf({ ...this.#progress.facts, members: this.#members.facts, full: this.#full })
  }

  measures(): readonly Measure[] {
    const { questionMs, count: questions } = this.#progress.facts
    return measuresOf({
      health: this.health(),
      members: this.#members.facts,
      seen: this.#watch.seen,
      watching: this.#watch.member,
      questionMs,
      cache: { entries: this.#cache.entries, bytes: this.#cache.bytes },
      counts: { ...this.#counts, questions, ...this.#members.counts, ...this.#watch.counts, ...this.#committer.counts() },
    })
  }

  /** The endpoint of the member that carries the watch. */
  get watching(): string {
    return this.#watch.member
  }

  /** Takes other certificates into use. */
  renewTls(tls: EtcdTls): void {
    this.#members.renew(tls)
    this.#watch.move()
  }

  /** Once etcd was seen to hold an earlier state, nothing that is remembered here can be trusted: not even the keyring of who asks. */
  #refuse(): void {
    if (this.#closed) throw StorageError.closed()
    const rewound = this.#lost()
    if (rewound) throw rewound
  }

  #lost(error?: unknown): VaultError | undefined {
    if (error instanceof VaultError && StorageError.rewound.is(error)) this.#rewound ??= error
    const { stranger } = this.#members
    if (stranger) this.#rewound ??= StorageError.rewound({ problem: 'answers as another cluster than before' }, { cause: stranger })
    return this.#rewound
  }

  /** What failed because etcd is not the one that it was is told as that. */
  readonly #explain = (error: unknown): never => {
    throw this.#lost(error) ?? error
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#stopUpkeep()
    await this.cluster.close()
    this.#watch.close()
    this.#members.close()
    this.#cache.clear()
  }

  async #commitLarge(writes: readonly Write[], guards: readonly Guard[]): Promise<boolean> {
    // The caller may change his arrays while the pieces are put.
    const own = writes.map((write) => ('put' in write ? { put: write.put, value: Uint8Array.from(write.value) } : write))
    for (let i = 0; i < attempts; i++) {
      const done = await this.#commit(async () => prepare(own, guards, this.#space, await this.#large.put(own)))
      // Without guards of its own nothing refuses it but that its parts were swept away.
      if (done || guards.length > 0) return done
    }
    throw StorageError.unsettled({ reason: 'the parts of a large value were removed before they were referred to, again and again' })
  }

  async #commit(make: () => Prepared | Promise<Prepared>): Promise<boolean> {
    try {
      const made = make()
      const done = await this.#committer.commit(made instanceof Promise ? await made : made)
      this.#full = false
      return done
    } catch (error) {
      if (EtcdError.noSpace.is(error)) this.#full = true
      if (isPassing(error)) throw StorageError.unsettled({ reason: 'etcd did not answer' }, { cause: error })
      return this.#explain(error)
    }
  }

  /**
   * What this node wrote it need not hear of from the watch, which may be a little later. Where the watch is ahead, as when an
   * answer was lost, another node's newer write may have been passed over: then only what was followed all the while is told.
   */
  readonly #learn = (batch: readonly Waiting[], won: readonly (boolean | undefined)[], revision: number): void => {
    this.#written = Math.max(this.#written, revision)
    const ahead = this.#watch.seen >= revision
    batch.forEach(({ prepared: { values } }, i) => {
      if (!won[i]) return
      for (const [key, bytes] of values) {
        const stored = bytes && decodeStored(key, bytes)
        if (key === lockKey) continue
        if (stored && 'parts' in stored) this.#cache.forget(key, revision)
        else {
          const known = { at: revision, entry: stored && { key, value: stored.value, revision: BigInt(revision) } }
          if (ahead) this.#cache.follow(key, known)
          else this.#cache.learn(key, known)
        }
      }
    })
  }

  async #readLock(): Promise<Entry | undefined> {
    const { kvs } = await this.#members.call('KV/Range', { key: this.#space.data.from + lockKey }, { hedgeMs: lockHedgeMs })
    const [kv] = kvs
    return kv && entryOf(lockKey, kv.value, numberOf(kv.mod_revision))
  }

  #hole(lane: string): void {
    this.#counts.holes += 1
    this.#forgetAll(`the watch left out changes of ${lane}`)
  }

  #forgetAll(why: string): void {
    this.#follower.forget()
    this.#cache.clear()
    this.#options.log('what this node remembered was forgotten, for changes were missed', { why })
  }
}
