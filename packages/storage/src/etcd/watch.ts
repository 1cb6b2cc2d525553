import { EtcdError, etcdErrorOf, numberOf, type Member, type Members, type Stream, type Streams, type WatchEvent, type WatchResponse } from '@chatelaine/etcd'
import type { VaultError } from '@chatelaine/sdk'
import { StorageError } from '../errors.js'
import type { KeyRange } from './keyspace.js'

export interface WatchOptions {
  readonly members: Members
  readonly range: KeyRange
  /** All events of one revision come in one call, in order, each once. */
  readonly onEvents: (events: readonly WatchEvent[]) => void
  /** Changes were missed for good: what is remembered may be wrong. Called before anything newer is delivered. */
  readonly onGap: () => void
  /** The member that carries the watch is left for another when it is so late. */
  readonly lagMs?: number
  readonly report?: (message: string, error: VaultError) => void
}

interface Waiter {
  readonly revision: number
  readonly since: number
  settle(error?: VaultError): void
}

type WatchStream = Stream<Streams['Watch/Watch'][0]>

const createMs = 1000
/** gRPC's FAILED_PRECONDITION: a watch is cancelled with a sentence alone. */
const refused = 9
/** Between two tries to open it, however often it is refused. */
const longestPauseMs = 200
/** How often the time is doubled that a member has before it is left: who missed much needs it to say anything at all. */
const mostDoublings = 4

/**
 * Everything that changes under a prefix, in order and without end. It goes on at another member when one falls silent, from the
 * revision after the last that was seen; `seen` never goes back.
 *
 * Only events count as seen. A response's header announces revisions whose events are still to come (etcd #15220, #17507).
 */
export class Watch {
  readonly #options: WatchOptions & { readonly lagMs: number }
  readonly counts = { opened: 0, moved: 0, gaps: 0 }
  #seen = 0
  #stream: WatchStream | undefined
  #member: Member | undefined
  #waiters: Waiter[] = []
  #timer: NodeJS.Timeout | undefined
  #movedAt = -Infinity
  /** In a row, from members that were all late. */
  #movesInVain = 0
  /** In a row, since a member last served the watch. */
  #failures = 0
  #closed = false

  constructor(options: WatchOptions) {
    this.#options = { lagMs: 300, ...options }
  }

  /** The newest revision of which an event came; or, before any did, the one the watch began after. */
  get seen(): number {
    return this.#seen
  }

  get member(): string {
    return this.#member?.endpoint ?? ''
  }

  /** Begins after `revision`: whatever is read from now on is newer. */
  open(revision: number): void {
    this.#seen = revision
    this.#connect([])
  }

  /** Resolves once all events up to `revision` were delivered; rejects when that takes longer than `patienceMs`. */
  until(revision: number, patienceMs: number): Promise<void> | undefined {
    if (this.#seen >= revision) return undefined
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => waiter.settle(StorageError.behind({ seen: this.#seen, wanted: revision })), patienceMs)
      const waiter: Waiter = {
        revision,
        since: performance.now(),
        settle: (error) => {
          clearTimeout(timer)
          if (error) {
            this.#waiters = this.#waiters.filter((one) => one !== waiter)
            reject(error)
          } else resolve()
        },
      }
      this.#waiters.push(waiter)
      this.#timer ??= setInterval(() => this.#considerMoving(), this.#options.lagMs / 3).unref()
    })
  }

  /** Leaves the member that carries the watch, for instance because its certificates changed. */
  move(): void {
    const { members } = this.#options
    const left = this.#member
    this.#stream?.close()
    this.#stream = undefined
    if (left && members.all.length > 1) this.counts.moved += 1
    this.#connect(left ? [left] : [])
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#timer)
    this.#stream?.close()
    this.#stream = undefined
    for (const waiter of this.#waiters.splice(0)) waiter.settle(StorageError.closed())
  }

  #connect(but: readonly Member[]): void {
    if (this.#closed) return
    const { members, range } = this.#options
    const member = members.pick(but)
    this.#member = member
    this.counts.opened += 1
    // What an earlier stream still says is not listened to: `this` is the one that counts.
    const mine = () => this.#stream === stream
    const again = (error: VaultError) => {
      clearTimeout(deadline)
      if (!mine() || this.#closed) return
      this.#stream = undefined
      this.#failures += 1
      if (EtcdError.unavailable.is(error)) members.suspect(member)
      else if (EtcdError.unauthenticated.is(error)) members.logInAgain()
      else if (this.#failures === 1) this.#options.report?.('the watch on etcd ended, and is opened again', error)
      setTimeout(() => !this.#stream && this.#connect([member]), Math.min(longestPauseMs, 20 * 2 ** Math.min(this.#failures - 1, 10)))
    }
    let begun: readonly WatchEvent[] = []
    const stream = member.stream('Watch/Watch', {
      onMessage: (response) => {
        if (response.created) clearTimeout(deadline)
        if (!mine()) return
        if (response.canceled) this.#canceled(response, member, again)
        else {
          this.#failures = 0
          const { whole, rest } = wholeRevisions([...begun, ...response.events], response.fragment)
          begun = rest
          if (whole.length > 0) this.#deliver(whole)
        }
      },
      onEnd: again,
    })
    this.#stream = stream
    const deadline = setTimeout(() => stream.close(), createMs)
    stream.send({ create_request: { key: range.from, range_end: range.to, start_revision: this.#seen + 1, fragment: true } })
  }

  /** A revision that etcd has compacted cannot be watched from. What was known is then worth nothing, and the watch begins anew. */
  #canceled({ compact_revision, cancel_reason }: WatchResponse, { endpoint }: Member, again: (error: VaultError) => void): void {
    const compacted = numberOf(compact_revision)
    if (compacted > 0) {
      this.counts.gaps += 1
      this.#options.onGap()
      // The events up to here are gone; what waits for them gets the state itself, read anew.
      this.#advance(compacted - 1)
    }
    const error = compacted > 0 ? EtcdError.compacted() : etcdErrorOf(endpoint, { code: refused, details: cancel_reason })
    const stream = this.#stream
    again(error)
    stream?.close()
  }

  #deliver(events: readonly WatchEvent[]): void {
    const fresh = events.filter(({ kv }) => numberOf(kv.mod_revision) > this.#seen)
    const last = fresh.at(-1)
    if (!last) return
    this.#options.onEvents(fresh)
    this.#advance(numberOf(last.kv.mod_revision))
  }

  #advance(revision: number): void {
    if (revision <= this.#seen) return
    this.#seen = revision
    if (this.#waiters.length === 0) return
    const waiting = this.#waiters
    this.#waiters = []
    for (const waiter of waiting) {
      if (waiter.revision <= revision) waiter.settle()
      else this.#waiters.push(waiter)
    }
    if (this.#waiters.length === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
      this.#movesInVain = 0
    }
  }

  /**
   * Somebody has waited too long for events that were written: the member that should bring them is slow, frozen or cut off. Or very
   * many were missed, and the next member needs as long as this one did to find them: so each has twice the time of the last.
   */
  #considerMoving(): void {
    const [now, { lagMs }] = [performance.now(), this.#options]
    if (!this.#waiters.some(({ since }) => now - since > lagMs)) return void (this.#movesInVain = 0)
    if (now - this.#movedAt < lagMs * 2 ** this.#movesInVain) return
    this.#movedAt = now
    this.#movesInVain = Math.min(this.#movesInVain + 1, mostDoublings)
    if (this.#member) this.#options.members.suspect(this.#member)
    this.move()
  }
}

/** Of what came in fragments the last revision may be there in part only, and is kept back until the next. */
function wholeRevisions(events: readonly WatchEvent[], more: boolean): { readonly whole: readonly WatchEvent[]; readonly rest: readonly WatchEvent[] } {
  const last = events.at(-1)
  if (!more || !last) return { whole: events, rest: [] }
  const revision = numberOf(last.kv.mod_revision)
  const cut = events.findIndex(({ kv }) => numberOf(kv.mod_revision) === revision)
  return { whole: events.slice(0, cut), rest: events.slice(cut) }
}
