import type { Connection } from '../transport/connection.js'
import type { Message } from './envelope.js'

const MOST_KEPT = 512
const MOST_BYTES = 1 << 20

interface Kept extends Message {
  via: Connection | undefined
}

/** Messages the client has not acknowledged. They keep their ids: sent again, they are the same messages. */
export class Outbox {
  readonly #kept = new Map<bigint, Kept>()
  #bytes = 0

  get(id: bigint): Message | undefined {
    return this.#kept.get(id)
  }

  /** Bounded: a client that acknowledges nothing loses the oldest, and sees from a gap in pts that it must ask. */
  keep(message: Message, via: Connection | undefined): void {
    this.#kept.set(message.id, { ...message, via })
    this.#bytes += message.body.length
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST_KEPT && this.#bytes <= MOST_BYTES) return
      this.forget(oldest)
    }
  }

  forget(id: bigint): boolean {
    this.#bytes -= this.#kept.get(id)?.body.length ?? 0
    return this.#kept.delete(id)
  }

  /** What was sent over another connection, or none, and may never have arrived; from now on it went over `now`. */
  overdue(now: Connection): readonly Message[] {
    const due = [...this.#kept.values()].filter(({ via }) => via !== now)
    for (const message of due) message.via = now
    return due
  }
}
