import type { mtp } from '@mtcute/core'
import type Long from 'long'
import { seconds } from '../clock.js'
import type { TlObject } from '../tl/definition.js'
import { toBig, toLong } from '../tl/long.js'
import { rpcResult } from './answer.js'
import type { Message } from './envelope.js'
import type { Ground } from './ground.js'
import type { Session } from './session.js'

/** A service message and where it came from. */
interface Incoming<T extends TlObject = TlObject> {
  readonly ground: Ground
  readonly session: Session
  readonly message: Message
  readonly request: T
}

type Handlers = { readonly [T in mtp.TlObject as T['_']]?: (incoming: Incoming<T>) => void }

const MOST_SALTS = 64
/** In seconds. Node's timers overflow after 24 days, and then fire at once. */
const LONGEST_DELAY = 86_400

/** A service message is answered at once, out of turn. One we have no use for is left unanswered. */
export function serve(incoming: Incoming): void {
  const handlers: Readonly<Record<string, unknown>> = services
  const handler = handlers[incoming.request._] as ((incoming: Incoming) => void) | undefined
  handler?.(incoming)
}

/** https://core.telegram.org/mtproto/service_messages and service_messages_about_messages */
const services: Handlers = {
  mt_msgs_ack({ session, request }) {
    for (const id of request.msgIds) session.outbox.forget(toBig(id))
  },

  mt_ping: (incoming) => pong(incoming, incoming.request.pingId),

  mt_ping_delay_disconnect(incoming) {
    const delay = Math.min(Math.max(incoming.request.disconnectDelay, 1), LONGEST_DELAY)
    incoming.session.connection?.closeAfter(delay)
    pong(incoming, incoming.request.pingId)
  },

  mt_get_future_salts({ ground, session, message, request }) {
    const now = seconds(ground.clock)
    const count = Math.min(Math.max(request.num, 1), MOST_SALTS)
    const salts = session.key.salts.upcoming(count, now).map(({ salt, since, until }) => ({
      _: 'mt_future_salt' as const,
      validSince: since,
      validUntil: until,
      salt: toLong(salt),
    }))
    const answer: mtp.RawMt_future_salts = { _: 'mt_future_salts', reqMsgId: toLong(message.id), now, salts }
    session.tell(answer)
  },

  mt_msgs_state_req: ({ session, message, request }) => tellStates(session, message, request.msgIds),

  mt_msg_resend_req({ session, message, request }) {
    const found = request.msgIds.map((id) => session.outbox.get(toBig(id))).filter((kept) => kept !== undefined)
    if (found.length === request.msgIds.length) session.resend(found)
    else tellStates(session, message, request.msgIds)
  },

  mt_destroy_session({ ground, session, request }) {
    const id = toBig(request.sessionId)
    const found = id !== session.id && ground.sessions.remove(session.key, id) // its own it keeps: it is in use
    const answer = { _: found ? 'mt_destroy_session_ok' : 'mt_destroy_session_none', sessionId: request.sessionId }
    session.tell(answer)
  },

  mt_destroy_auth_key({ ground, session }) {
    session.tell({ _: 'mt_destroy_auth_key_ok' })
    ground.destroyKey(session.key)
  },

  mt_rpc_drop_answer({ ground, session, message, request }) {
    const result = ground.schema.write(dropped(session, toBig(request.reqMsgId)))
    session.send(rpcResult(message.id, result), 'answer')
  },
}

function pong({ session, message }: Pick<Incoming, 'session' | 'message'>, pingId: Long): void {
  const answer: mtp.RawMt_pong = { _: 'mt_pong', msgId: toLong(message.id), pingId }
  session.tell(answer)
}

function tellStates(session: Session, { id }: Message, msgIds: readonly Long[]): void {
  const info = Uint8Array.from(msgIds, (asked) => session.received.state(toBig(asked)))
  const answer: mtp.RawMt_msgs_state_info = { _: 'mt_msgs_state_info', reqMsgId: toLong(id), info }
  session.tell(answer)
}

/** The client no longer wants an answer: forget the one there is, or the one still to come. */
function dropped(session: Session, id: bigint): mtp.TypeRpcDropAnswer {
  const answer = session.received.get(id)?.answer
  const kept = answer === undefined ? undefined : session.outbox.get(answer)
  if (kept) {
    session.outbox.forget(kept.id)
    return { _: 'mt_rpc_answer_dropped', msgId: toLong(kept.id), seqNo: kept.seqno, bytes: kept.body.length }
  }
  return { _: session.received.drop(id) ? 'mt_rpc_answer_dropped_running' : 'mt_rpc_answer_unknown' }
}
