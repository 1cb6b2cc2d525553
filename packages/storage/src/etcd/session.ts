import { EtcdError, numberOf, type Int64, type Member, type Members, type Stream, type Streams } from '@chatelaine/etcd'

/** A lease that is kept alive: what is put with it is gone some seconds after this process is. */
export interface Lease {
  readonly id: Int64
  /** Aborts when it may have run out, by this machine's clock that never goes back, or etcd says that it has. */
  readonly ended: AbortSignal
}

const perLease = 3

/**
 * Has a lease as long as etcd can be reached, a new one when one was lost: a lease that etcd has forgotten is never asked for
 * again (hashicorp/vault #3031).
 */
export class Session {
  readonly #members: Members
  readonly #ttl: number
  readonly #onLease: (lease: Lease) => Promise<void>
  #current: { readonly lease: Lease; readonly end: AbortController } | undefined
  #stream: Stream<Streams['Lease/LeaseKeepAlive'][0]> | undefined
  #timer: NodeJS.Timeout | undefined
  #renewedAt = 0
  #closed = false

  /** `onLease` puts whatever hangs on the lease; it is called with each new one. */
  constructor(members: Members, ttlSeconds: number, onLease: (lease: Lease) => Promise<void>) {
    this.#members = members
    this.#ttl = ttlSeconds
    this.#onLease = onLease
  }

  /** Rejects when etcd gives no lease. */
  async lease(): Promise<Lease> {
    if (this.#current && !this.#current.end.signal.aborted) return this.#current.lease
    const asked = performance.now()
    const { ID: id } = await this.#members.call('Lease/LeaseGrant', { TTL: this.#ttl })
    if (this.#current && !this.#current.end.signal.aborted) {
      void this.#members.call('Lease/LeaseRevoke', { ID: id }).catch(() => undefined)
      return this.#current.lease
    }
    const end = new AbortController()
    const lease = { id, ended: end.signal }
    this.#current = { lease, end }
    this.#renewedAt = asked
    await this.#onLease(lease).catch((error: unknown) => {
      // Nothing hangs on it, nobody keeps it alive: who asks again is to get another.
      end.abort()
      throw error
    })
    clearInterval(this.#timer)
    this.#timer = setInterval(() => void this.#keepAlive(), (this.#ttl * 1000) / perLease).unref()
    return lease
  }

  /** etcd does not know `lease` any more. */
  end(lease: Lease): void {
    if (this.#current?.lease === lease) this.#current.end.abort()
  }

  /** Gives the lease back, and with it all that hangs on it. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    this.#stream?.close()
    const current = this.#current
    current?.end.abort()
    if (current) await this.#members.call('Lease/LeaseRevoke', { ID: current.lease.id }, { patienceMs: 1000 }).catch(() => undefined)
  }

  async #keepAlive(): Promise<void> {
    const current = this.#current
    if (!current || this.#closed) return
    // etcd counts from when it renewed, which is after we asked: so by our count a lease ends no later than by etcd's.
    if (performance.now() - this.#renewedAt > this.#ttl * 1000) {
      current.end.abort()
      await this.lease().catch(() => undefined)
      return
    }
    this.#stream ??= this.#open(this.#members.pick())
    const asked = performance.now()
    this.#onAnswer = (ttl) => {
      if (ttl > 0) this.#renewedAt = asked
      else this.#renewedAt = -Infinity
    }
    this.#stream.send({ ID: current.lease.id })
    const stream = this.#stream
    setTimeout(() => this.#renewedAt < asked && this.#stream === stream && stream.close(), 1000).unref()
  }

  #onAnswer: (ttl: number) => void = () => undefined

  #open(member: Member): Stream<Streams['Lease/LeaseKeepAlive'][0]> {
    const stream = member.stream('Lease/LeaseKeepAlive', {
      // What is said of a lease from before says nothing of this one.
      onMessage: ({ ID, TTL }) => ID.toString() === this.#current?.lease.id.toString() && this.#onAnswer(numberOf(TTL)),
      onEnd: (error) => {
        if (this.#stream !== stream) return
        this.#stream = undefined
        if (this.#closed) return
        if (EtcdError.unavailable.is(error)) this.#members.suspect(member)
        setTimeout(() => void this.#keepAlive(), 200).unref()
      },
    })
    return stream
  }
}
