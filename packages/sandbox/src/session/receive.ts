import { randomBytes } from 'node:crypto'
import { seconds } from '../clock.js'
import { UnknownConstructor } from '../errors.js'
import type { TlObject } from '../tl/definition.js'
import { toLong } from '../tl/long.js'
import type { Connection } from '../transport/connection.js'
import { answer } from './answer.js'
import { BadContainer, unpack } from './container.js'
import { openEnvelope, type Message } from './envelope.js'
import type { KnownKey } from './keys.js'
import { idFault } from './message-ids.js'
import { serve } from './service.js'
import type { Ground } from './ground.js'
import { Session } from './session.js'

/** An encrypted packet, from its envelope to the requests in it. https://core.telegram.org/mtproto/description */
export function receive(ground: Ground, key: KnownKey, connection: Connection, packet: Uint8Array): void {
  const { salt, sessionId, message } = openEnvelope(key, packet)
  const known = ground.sessions.get(key, sessionId)
  const session = known ?? new Session(sessionId, key, ground)
  session.connection = connection
  if (!known) ground.sessions.add(session)

  const fault = idFault(message.id, ground.clock)
  if (fault) return complain(session, message, fault)
  if (!key.salts.accepts(salt, seconds(ground.clock))) return correctSalt(ground, session, message)
  const messages = unpacked(session, message)
  if (!session.greeted && messages.length > 0) greet(ground, session, messages)
  for (const inner of messages) take(ground, session, inner)
  session.resend(session.outbox.overdue(connection)) // what a lost connection may have swallowed
}

function unpacked(session: Session, message: Message): readonly Message[] {
  try {
    const messages = unpack(message)
    const container = messages.length !== 1 || messages[0]?.id !== message.id
    if (!container || message.seqno % 2 === 0) return messages
    complain(session, message, 34)
  } catch (error) {
    if (!(error instanceof BadContainer)) throw error
    complain(session, message, 64)
  }
  return []
}

function take(ground: Ground, session: Session, message: Message): void {
  const earlier = session.received.get(message.id)
  if (earlier) return repeat(session, message.id, earlier.answer)
  const request = read(ground, message)
  const service = typeof request === 'object' && request._.startsWith('mt_')
  const fault = session.received.fault(message, !service)
  if (fault) return complain(session, message, fault)
  session.received.note(message, service ? 'noted' : 'running')
  if (service) return serve({ ground, session, message, request })
  acknowledge(session, message.id)
  session.enqueue(() => answer(ground, { session, messageId: message.id, request }))
}

/** The request, or the constructor that kept us from reading it: a request all the same, which deserves a refusal. */
function read({ schema }: Ground, { body }: Message): TlObject | number {
  try {
    return schema.object(body)
  } catch (error) {
    if (error instanceof UnknownConstructor) return error.id
    throw error
  }
}

/** The client doubts that its message arrived: say so again, with the answer if there is one. */
function repeat(session: Session, id: bigint, answerId: bigint | undefined): void {
  const kept = answerId === undefined ? undefined : session.outbox.get(answerId)
  if (kept) session.resend([kept])
  else acknowledge(session, id)
}

function acknowledge(session: Session, id: bigint): void {
  const notice = { _: 'mt_msgs_ack', msgIds: [toLong(id)] }
  session.tell(notice)
}

/** https://core.telegram.org/mtproto/service_messages_about_messages#notice-of-ignored-error-message */
function complain(session: Session, { id, seqno }: Message, errorCode: number): void {
  const notice = { _: 'mt_bad_msg_notification', badMsgId: toLong(id), badMsgSeqno: seqno, errorCode }
  session.tell(notice)
}

function correctSalt({ clock }: Ground, session: Session, { id, seqno }: Message): void {
  const newServerSalt = toLong(session.key.salts.current(seconds(clock)))
  const notice = { _: 'mt_bad_server_salt', badMsgId: toLong(id), badMsgSeqno: seqno, errorCode: 48, newServerSalt }
  session.tell(notice)
}

/**
 * Comes with the first message that is accepted: one that was refused, for its salt or its clock, may have been the first to arrive.
 * https://core.telegram.org/mtproto/service_messages#new-session-creation-notification
 */
function greet({ schema, clock }: Ground, session: Session, messages: readonly Message[]): void {
  const first = messages.reduce((least, { id }) => (id < least ? id : least), messages[0]?.id ?? 0n)
  const notice = {
    _: 'mt_new_session_created',
    firstMsgId: toLong(first),
    uniqueId: toLong(randomBytes(8).readBigUInt64LE()),
    serverSalt: toLong(session.key.salts.current(seconds(clock))),
  }
  session.greeted = true
  session.send(schema.write(notice), 'notice')
}
