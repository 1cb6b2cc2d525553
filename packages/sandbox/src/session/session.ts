import { seconds, type Clock } from '../clock.js'
import type { Log } from '../log.js'
import type { TlObject } from '../tl/definition.js'
import type { Schema } from '../tl/schema.js'
import type { Connection } from '../transport/connection.js'
import { pack } from './container.js'
import { sealEnvelope, type Message } from './envelope.js'
import type { KnownKey } from './keys.js'
import type { Kind, MessageIds } from './message-ids.js'
import { Outbox } from './outbox.js'
import { Received } from './received.js'

/** What a session needs to write a message. */
export interface Means {
  readonly schema: Schema
  readonly clock: Clock
  readonly ids: MessageIds
  readonly log: Log
}

/** Resent messages go in containers of this many, well under the limits of every client. */
const PER_CONTAINER = 64

/** One client session: it outlives its connections, and is told apart by an id the client made up. */
export class Session {
  readonly id: bigint
  readonly key: KnownKey
  readonly received = new Received()
  readonly outbox = new Outbox()
  /** The connection its last message came over. */
  connection: Connection | undefined
  /** Whether updates may be pushed; unknown until its first request. */
  wantsUpdates: boolean | undefined
  /** Whether the client was told that this session is new. */
  greeted = false
  readonly #means: Means
  #content = 0
  #turn: Promise<void> = Promise.resolve()

  constructor(id: bigint, key: KnownKey, means: Means) {
    this.id = id
    this.key = key
    this.#means = means
  }

  /** Sends what needs an acknowledgment, and keeps it until that comes. */
  send(body: Uint8Array, kind: Kind): bigint {
    const message = { id: this.#means.ids.next(kind), seqno: this.#content++ * 2 + 1, body }
    this.outbox.keep(message, this.connection)
    this.#put(message)
    return message.id
  }

  /** Sends what is of use only now: acknowledgments, complaints, pongs. */
  tell(notice: TlObject, kind: Kind = 'answer'): void {
    this.#put({ id: this.#means.ids.next(kind), seqno: this.#content * 2, body: this.#means.schema.write(notice) })
  }

  /** Sends messages again as they were, in containers, so that old ids are not taken for a slow clock. */
  resend(messages: readonly Message[]): void {
    for (let at = 0; at < messages.length; at += PER_CONTAINER) {
      const body = pack(messages.slice(at, at + PER_CONTAINER))
      this.#put({ id: this.#means.ids.next('notice'), seqno: this.#content * 2, body })
    }
  }

  /** Runs requests one after another, in the order they came: invokeAfterMsg then holds of itself. */
  enqueue(work: () => Promise<void>): void {
    this.#turn = this.#turn.then(work).catch((error: unknown) => this.#means.log(`session: ${String(error)}`))
  }

  #put(message: Message): void {
    const salt = this.key.salts.current(seconds(this.#means.clock))
    this.connection?.send(sealEnvelope(this.key, { salt, sessionId: this.id, message }))
  }
}
