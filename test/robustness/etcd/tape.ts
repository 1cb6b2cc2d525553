import { Member, numberOf, type EtcdTls, type Stream, type Streams, type WatchEvent } from '@chatelaine/etcd'

export interface TapeOptions {
  readonly endpoints: readonly string[]
  readonly tls: EtcdTls
  /** Of all that the servers keep. */
  readonly prefix: string
}

/**
 * A row of the order in which tokens expire. It is the caretaker's to remove it when it is due, and nobody puts it back. One
 * that is due when it is put, or within the second, is a revocation's, which finishes it itself unless it dies.
 */
const expiry = /^sys\/token\/expire\/(\d+)\/(.+)$/

/**
 * What etcd itself says was written, transaction by transaction, from its own watch. It knows who wrote, for every transaction
 * moves the lane of its writer; and who was caretaker, for the lock's value names him.
 */
export class Tape {
  readonly #options: TapeOptions
  readonly #members: readonly Member[]
  #stream: Stream<Streams['Watch/Watch'][0]> | undefined
  #turn = 0
  #last = 0
  #closed = false
  #caretaker = ''
  /** Rows that are there, and whether they are the caretaker's. */
  readonly #rows = new Map<string, boolean>()
  /** Rows that the caretaker was to remove, and that were removed when they were due. */
  readonly #removed = new Set<string>()
  readonly #broken: string[] = []
  readonly #holders: string[] = []
  #wrongBy = 0

  constructor(options: TapeOptions) {
    this.#options = options
    this.#members = options.endpoints.map((endpoint) => new Member({ endpoint, tls: options.tls }))
  }

  /** How many rows were removed when they were due. */
  get removals(): number {
    return this.#removed.size
  }

  /** Begins with what is written from now on. */
  async open(): Promise<void> {
    const { prefix } = this.#options
    const answer = await (this.#members[0] as Member).call('KV/Range', { key: `${prefix}/`, range_end: `${prefix}0`, count_only: true }, 5000)
    this.#last = numberOf(answer.header.revision)
    this.#follow()
  }

  /** Every node that was caretaker, in order. */
  get holders(): readonly string[] {
    return this.#holders
  }

  /** Rows that are due by now and still there. */
  overdue(): number {
    const now = Date.now() / 1000
    return [...this.#rows.keys()].filter((row) => endOf(row) < now - 1).length
  }

  /** What only the caretaker may do, done by somebody else or done twice, since this was last asked. */
  takeBroken(): string[] {
    this.#wrongBy = 0
    return this.#broken.splice(0)
  }

  /** Until it is asked what is broken, clocks of servers may be wrong by so many seconds. */
  clocksAreWrong(bySeconds: number): void {
    this.#wrongBy = bySeconds
  }

  close(): void {
    this.#closed = true
    this.#stream?.close()
    this.#members.forEach((member) => member.close())
  }

  #follow(): void {
    if (this.#closed) return
    const { prefix } = this.#options
    const member = this.#members[this.#turn++ % this.#members.length] as Member
    // A frozen member says nothing: another is asked after a while without news, from where this one stopped.
    let quiet = setTimeout(() => stream.close(), 2000)
    const stream = member.stream('Watch/Watch', {
      onMessage: ({ events }) => {
        clearTimeout(quiet)
        quiet = setTimeout(() => stream.close(), 2000)
        this.#note(events)
      },
      onEnd: () => {
        clearTimeout(quiet)
        setTimeout(() => this.#follow(), 50)
      },
    })
    this.#stream = stream
    stream.send({ create_request: { key: `${prefix}/`, range_end: `${prefix}0`, start_revision: this.#last + 1, fragment: false } })
  }

  #note(events: readonly WatchEvent[]): void {
    const revisions = new Map<number, WatchEvent[]>()
    for (const event of events) {
      const revision = numberOf(event.kv.mod_revision)
      if (revision <= this.#last) continue
      revisions.set(revision, [...(revisions.get(revision) ?? []), event])
    }
    for (const [revision, all] of [...revisions].sort(([a], [b]) => a - b)) {
      this.#last = revision
      this.#transaction(revision, all)
    }
  }

  #transaction(revision: number, events: readonly WatchEvent[]): void {
    const { prefix } = this.#options
    const lane = events.map(({ kv }) => kv.key).find((key) => key.startsWith(`${prefix}/lane/`))
    const by = lane?.slice(`${prefix}/lane/`.length).split('/')[0] ?? 'somebody without a lane'
    const data = `${prefix}/data/`
    for (const { type, kv } of events.filter((event) => event.kv.key.startsWith(data))) {
      const key = kv.key.slice(data.length)
      if (key === 'core/lock') this.#lock(type === 1 ? '' : Buffer.from(kv.value).toString())
      else if (expiry.test(key)) this.#row(key, type === 1, { revision, by })
    }
  }

  #lock(holder: string): void {
    this.#caretaker = holder
    if (holder !== '') this.#holders.push(holder)
  }

  #row(row: string, removed: boolean, { revision, by }: { readonly revision: number; readonly by: string }): void {
    const isDue = endOf(row) <= Date.now() / 1000
    if (!removed) {
      if (this.#removed.has(row)) this.#broken.push(`revision ${revision}: ${by} brought back what the caretaker had removed`)
      // The tape may run late, and then takes some for due that were not: it is told of less, but of nothing wrong.
      this.#rows.set(row, endOf(row) > Date.now() / 1000 + 1 + this.#wrongBy)
      return
    }
    const caretakers = this.#rows.get(row) === true
    this.#rows.delete(row)
    if (!isDue || !caretakers) return
    this.#removed.add(row)
    if (by !== this.#caretaker) this.#broken.push(`revision ${revision}: ${by} removed a due token while ${this.#caretaker || 'nobody'} was caretaker`)
  }
}

/** Unix seconds. */
const endOf = (row: string) => Number(expiry.exec(row)?.[1] ?? Infinity)
