import type { Storage } from '@chatelaine/sdk'
import { longestAge } from './config.js'
import { TelegramError } from './errors.js'

/** A message somebody was vouched for. `sentAt` is in seconds since 1970. */
export interface Message {
  readonly chatId: number
  readonly messageId: number
  readonly sentAt: number
}

/*
 * Two keys for each handled message, written together:
 *
 *   seen/-100123/42                 what a second login of the same message runs into
 *   stale/0002921875/-100123/42     the same by the time bucket after which it can be forgotten
 *
 * The first does not depend on `sentAt`: the same message with another time is still the same message.
 */
const seenKey = ({ chatId, messageId }: Message) => `seen/${chatId}/${messageId}`
const empty = new Uint8Array(0)

const bucketSeconds = 600
const prunedAtOnce = 24
/** How far the clocks of nodes and of Telegram may lie apart without a record being forgotten too early. */
const clockSlack = 600

const bucketOf = (seconds: number) => String(Math.floor(seconds / bucketSeconds)).padStart(10, '0')

/** Records that the message is being handled, or throws because it was. Of racing logins exactly one gets past. */
export async function claim(storage: Storage, message: Message): Promise<void> {
  const key = seenKey(message)
  const stale = `stale/${bucketOf(message.sentAt + longestAge + clockSlack)}/${message.chatId}/${message.messageId}`
  const writes = [key, stale].map((put) => ({ put, value: empty }))
  if (!(await storage.commit(writes, [{ key, revision: 0n }]))) throw TelegramError.alreadyHandled()
}

/**
 * Forgets some messages that are too old to be accepted again under any configuration. Each login forgets up to 24
 * while adding one, so what is kept is what came within about an hour, and no login pays for a flood before it.
 */
export async function prune(storage: Storage, now: number): Promise<void> {
  const [bucket] = await storage.list('stale/', { limit: 1 })
  if (bucket === undefined || bucket >= `${bucketOf(now)}/`) return
  const folder = `stale/${bucket}`
  const chats = await storage.list(folder, { limit: prunedAtOnce })
  const found: string[] = []
  for (const chat of chats) {
    if (found.length >= prunedAtOnce) break
    const messages = await storage.list(folder + chat, { limit: prunedAtOnce - found.length })
    found.push(...messages.map((message) => chat + message))
  }
  if (found.length > 0) await storage.commit(found.flatMap((at) => [{ remove: folder + at }, { remove: `seen/${at}` }]))
}
