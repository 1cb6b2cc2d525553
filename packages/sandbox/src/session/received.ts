import type { Message } from './envelope.js'

/** As many message ids as a session remembers; older ones it can no longer vouch for. */
const MOST_REMEMBERED = 1024

/** What became of a request. A dropped one still runs to its end, but its answer is not sent. */
export type Fate = 'noted' | 'running' | 'dropped' | 'answered'

interface Known {
  fate: Fate
  answer?: bigint
}

/**
 * Which messages came in this session. Against replay and doubling, each id counts once; and when a client asks what
 * became of its messages, this knows. https://core.telegram.org/mtproto/service_messages_about_messages
 */
export class Received {
  readonly #known = new Map<bigint, Known>()
  #forgotten = 0n
  #newest = { id: 0n, seqno: -1 }

  get(id: bigint): Readonly<Known> | undefined {
    return this.#known.get(id)
  }

  /** Why a message cannot be taken: a code of bad_msg_notification. A request has an odd sequence number. */
  fault({ id, seqno }: Message, request: boolean): 18 | 20 | 32 | 33 | 35 | undefined {
    if ((id & 3n) !== 0n) return 18
    if (id <= this.#forgotten) return 20
    if (seqno % 2 === 0) return request ? 35 : undefined
    const { id: newestId, seqno: newest } = this.#newest
    if (id > newestId && seqno <= newest) return 32
    return id < newestId && seqno >= newest ? 33 : undefined
  }

  note({ id, seqno }: Message, fate: Fate): void {
    this.#known.set(id, { fate })
    if (seqno % 2 === 1 && id > this.#newest.id) this.#newest = { id, seqno }
    if (this.#known.size > MOST_REMEMBERED) this.#forgetFirst()
  }

  /** Marks a running request as dropped. False when there was nothing left to drop. */
  drop(id: bigint): boolean {
    const known = this.#known.get(id)
    if (known?.fate !== 'running') return false
    known.fate = 'dropped'
    return true
  }

  answered(id: bigint, answer: bigint): void {
    const known = this.#known.get(id)
    if (known) Object.assign(known, { fate: 'answered', answer })
  }

  /** One byte of msgs_state_info: whether the message came, and how far its answer is. */
  state(id: bigint): number {
    const known = this.#known.get(id)
    if (!known) return 1
    const [here, acknowledged, running, generated] = [4, 8, 32, 64]
    if (known.fate === 'noted') return here | acknowledged
    return here | acknowledged | (known.fate === 'answered' ? generated : running)
  }

  /** Messages come nearly in the order of their ids, so the first to have come stands for the oldest. */
  #forgetFirst(): void {
    const [first = 0n] = this.#known.keys()
    this.#known.delete(first)
    if (first > this.#forgotten) this.#forgotten = first
  }
}
