import { EtcdError, isPassing, numberOf, type EtcdTls, type Members } from '@chatelaine/etcd'
import type { Entry, Guard, Measure, Page, SharedStorage, StorageHealth, StorageSnapshot, VaultError, Write } from '@chatelaine/sdk'
import { StorageError } from '../errors.js'
import type { Waiting } from './batch.js'
import { Cache } from './cache.js'
import { EtcdCluster } from './cluster.js'
import { prepare, type Prepared } from './commit.js'
import { Committer } from './committer.js'
import { Follower } from './follower.js'
import { healthOf } from './health.js'
import { formatVersion, keyspace, lockKey, type Keyspace } from './keyspace.js'
import { bytesOf, inlineBytes, LargeValues } from './large.js'
import { Listing } from './listing.js'
import { entryOf, Loader } from './loader.js'
import { measuresOf } from './measures.js'
import type { SettledOptions } from './options.js'
import { SharedQuestion } from './question.js'
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
const questions = 4
const questionHedgeMs = 150
/** To put away the parts of a large value. */
const attempts = 3
/** When most members are silent, waiting for the watch is waiting for nothing. */
const shortMs = 1200

/** See openEtcdStorage. */
export class EtcdStorage implements SharedStorage {
  readonly cluster: EtcdCluster
  readonly #members: Members
  readonly #options: Parts['options']
  readonly #space: Keyspace
  readonly #cache: Cache
  readonly #watch: Watch
  readonly #follower: Follower
  readonly #question: SharedQuestion<number>
  readonly #committer: Committer
  readonly #large: LargeValues
  readonly #loader: Loader
  readonly #listing: Listing
  readonly #counts = { reads: 0, misses: 0, questions: 0, holes: 0, repaired: 0 }
  /** When the newest question was sent whose answer has been caught up with. */
  #askedAt = -Infinity
  /** The newest revision of a commit of this node's, of which the watch may have yet to tell. */
  #written = 0
  #questionMs = 0
  /** Since when questions are asked and none is answered. */
  #silentSince: number | undefined
  #answeredAt = -Infinity
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
    this.#follower = new Follower({ cache: this.#cache, space: this.#space, onHole: (lane) => this.#hole(lane), onLock: this.cluster.onLock })
    this.#watch = new Watch({
      members,
      range: this.#space.all,
      onEvents: this.#follower.onEvents,
      onGap: () => this.#forgetAll('etcd has compacted what this node had yet to see'),
      report: (message, error) => options.log(message, { error }),
    })
    this.#question = new SharedQuestion(() => this.#ask(), (revision) => this.#watch.until(revision, this.#patience), questions)
    this.#large = new LargeValues(members, this.#space)
    this.#listing = new Listing(members)
    this.#loader = new Loader({ members, space: this.#space, large: this.#large, cache: this.#cache, seen: () => Math.max(this.#watch.seen, this.#written) })
    this.#committer = new Committer({ members, space: this.#space, node: self, onApplied: this.#learn }, lanes)
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
    return (await this.#loader.load(key)).entry
  }

  async list(prefix: string, page?: Page): Promise<string[]> {
    this.#refuse()
    return this.#listing.children(this.#space.data.from + prefix, page)
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
    const { maxStalenessMs } = this.#options
    if (!exactly && maxStalenessMs > 0 && performance.now() - this.#askedAt <= maxStalenessMs) return
    await this.#question.answered()
  }

  snapshot(): Promise<StorageSnapshot> {
    return takeSnapshot({ members: this.#members, space: this.#space, large: this.#large })
  }

  health(): StorageHealth {
    if (this.#rewound) return { state: 'rewound', problem: this.#rewound.message }
    const now = performance.now()
    const unansweredMs = this.#silentSince === undefined ? 0 : now - this.#silentSince
    return healthOf({ members: this.#members.facts, unansweredMs, answeredMs: now - this.#answeredAt, questionMs: this.#questionMs, full: this.#full })
  }

  measures(): readonly Measure[] {
    return measuresOf({
      health: this.health(),
      members: this.#members.facts,
      seen: this.#watch.seen,
      watching: this.#watch.member,
      questionMs: this.#questionMs,
      cache: { entries: this.#cache.entries, bytes: this.#cache.bytes },
      counts: { ...this.#counts, ...this.#members.counts, ...this.#watch.counts, ...this.#committer.counts() },
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
    if (this.#rewound) throw this.#rewound
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

  get #patience(): number {
    return this.#members.quorate ? this.#options.requestTimeoutMs : Math.min(shortMs, this.#options.requestTimeoutMs)
  }

  /** How far the writers of all nodes have come: the newest of the lanes' markers, as a majority of etcd knows them. */
  async #ask(): Promise<number> {
    const { from, to } = this.#space.lanes
    const [begun, seen] = [performance.now(), this.#watch.seen]
    this.#counts.questions += 1
    this.#silentSince ??= begun
    const { header, kvs } = await this.#members.call('KV/Range', { key: from, range_end: to, keys_only: true }, { hedgeMs: questionHedgeMs }).catch((error: unknown) => {
      // Given up after every member was tried: an answer from before says no more that a majority is there.
      this.#answeredAt = -Infinity
      throw error
    })
    // A majority is never behind what one of its members has shown, unless it is another one.
    if (numberOf(header.revision) < seen) this.#rewound ??= StorageError.rewound({ seen, found: numberOf(header.revision) })
    this.#refuse()
    this.#silentSince = undefined
    this.#answeredAt = performance.now()
    this.#questionMs += (performance.now() - begun - this.#questionMs) / 8
    let newest = 0
    for (const { mod_revision } of kvs) newest = Math.max(newest, numberOf(mod_revision))
    if (this.#options.maxStalenessMs > 0) void this.#noteAsked(begun, newest)
    return newest
  }

  async #noteAsked(begun: number, revision: number): Promise<void> {
    await this.#watch.until(revision, this.#patience)?.catch(() => (begun = -Infinity))
    this.#askedAt = Math.max(this.#askedAt, begun)
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
      throw error
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
    const { kvs } = await this.#members.call('KV/Range', { key: this.#space.data.from + lockKey }, { hedgeMs: questionHedgeMs })
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
