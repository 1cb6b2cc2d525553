import type { tl } from '@mtcute/core'

/** A message somebody sent to us himself, just now, in a private chat. */
export interface Incoming {
  readonly senderId: number
  readonly messageId: number
  /** Unix seconds. */
  readonly sentAt: number
  readonly text: string
}

/** Seconds a command may be under way. What is older was meant for another moment. */
export const oldest = 60

export interface Here {
  /** Unix seconds, by Telegram's clock. */
  readonly now: number
  /** Our own account: what it writes to itself is a note, not a question. */
  readonly self: number
}

/**
 * Decides whether a message may be a command at all. Telegram is a control plane, not a safe place: what was forwarded,
 * edited, posted by a channel, written by a machine in somebody's name, scheduled, or sent by nobody in particular was not
 * said to us by its sender, and what is old may be a replay.
 */
export function accept(message: tl.TypeMessage, { now, self }: Here): Incoming | undefined {
  const said = saidToUs(message, self)
  return said && isFresh(said, now) ? said : undefined
}

/** All but the age, for which the time has to be known. */
export function saidToUs(message: tl.TypeMessage, self: number): Incoming | undefined {
  if (message._ !== 'message' || message.out || message.peerId._ !== 'peerUser' || message.peerId.userId === self) return undefined
  if (message.fwdFrom || message.editDate || message.post || message.savedPeerId) return undefined
  if (message.viaBotId || message.viaBusinessBotId || message.offline || message.fromScheduled) return undefined
  // A command is typed. The caption of a picture is not; the preview of a link is Telegram's own addition.
  if (message.media && message.media._ !== 'messageMediaWebPage') return undefined
  // In a private chat the sender is the peer; where it is given all the same it must be that very user.
  if (message.fromId && (message.fromId._ !== 'peerUser' || message.fromId.userId !== message.peerId.userId)) return undefined
  return { senderId: message.peerId.userId, messageId: message.id, sentAt: message.date, text: message.message }
}

export const isFresh = ({ sentAt }: Pick<Incoming, 'sentAt'>, now: number): boolean => Math.abs(now - sentAt) <= oldest

/** What our own account wrote to itself, as somebody does who has one account only. */
export const saidToOurselves = (message: tl.TypeMessage, self: number): string | undefined =>
  message._ === 'message' && message.peerId._ === 'peerUser' && message.peerId.userId === self && !message.fwdFrom ? message.message : undefined
