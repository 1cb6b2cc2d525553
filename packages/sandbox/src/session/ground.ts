import type { TlObject } from '../tl/definition.js'
import type { KnownKey } from './keys.js'
import type { Means, Session } from './session.js'
import type { Sessions } from './sessions.js'

/** A request, who sent it, and under which message id. */
export interface Asked {
  readonly session: Session
  readonly messageId: bigint
  readonly request: TlObject
}

/** The layer above: it knows what requests mean and nothing of messages. Both answers are TL, ready to be sent. */
export interface Upstairs {
  ask(asked: Asked): Promise<Uint8Array>
  /** Refuses what no schema could read. */
  refuseUnknown(constructor: number): Uint8Array
}

/** What receiving needs of the server. */
export interface Ground extends Upstairs, Means {
  readonly sessions: Sessions
  destroyKey(key: KnownKey): void
}
