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

/**
 * Decides whether a message may be a command at all. Telegram is a control plane, not a safe place: what was forwarded,
 * edited, posted by a channel or a bot, scheduled, or sent by nobody in particular was not said to us by its sender, and
 * what is old may be a replay.
 */
export function accept(message: tl.TypeMessage, now: number): Incoming | undefined {
  if (message._ !== 'message' || message.out || message.peerId._ !== 'peerUser') return undefined
  if (message.fwdFrom || message.editDate || message.post || message.viaBotId || message.fromScheduled) return undefined
  if (message.viaBusinessBotId || message.savedPeerId) return undefined
  // In a private chat the sender is the peer; where it is given all the same it must be that very user.
  if (message.fromId && (message.fromId._ !== 'peerUser' || message.fromId.userId !== message.peerId.userId)) return undefined
  if (Math.abs(now - message.date) > oldest) return undefined
  return { senderId: message.peerId.userId, messageId: message.id, sentAt: message.date, text: message.message }
}
