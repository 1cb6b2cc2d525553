import type { tl } from '@mtcute/core'
import type { Authorization } from '../session/keys.js'
import type { Session } from '../session/session.js'

/** All a handler knows of its caller. */
export interface Call {
  readonly session: Session
  readonly messageId: bigint
  readonly authorization: Authorization
}

type Answers = tl.RpcCallReturn
type Request<M extends string> = Extract<tl.RpcMethod, { _: M }>

/** What a service offers: methods by Telegram's names, typed by mtcute's schema. */
export type Methods = {
  readonly [M in tl.RpcMethod['_'] & keyof Answers]?: (
    call: Call,
    request: Request<M>,
  ) => Answers[M] | Promise<Answers[M]>
}
