import { createHash } from 'node:crypto'
import { Long, type TelegramClient } from '@mtcute/node'
import { accept, type Incoming } from './incoming.js'
import { parts } from './parts.js'
import { Refusals } from './refusals.js'
import { respond, type Desk } from './respond.js'
import { isAlreadySent } from './trouble.js'

/** How many messages of one sender are looked at together. More at once is no conversation. */
const mostAtOnce = 10

export interface Serving {
  /** Our own account. */
  readonly self: number
  /** The time in Unix seconds. */
  readonly seconds: () => number
}

type Raw = Parameters<typeof accept>[0]

/** Answers messages until the returned function is called, which resolves when the last answer is out. */
export async function serve(telegram: TelegramClient, desk: Desk, { self, seconds }: Serving): Promise<() => Promise<void>> {
  const underWay = new Map<Promise<void>, number>()
  const refusals = new Refusals()
  const handle = async (incoming: Incoming) => {
    const answer = await respond(desk, incoming)
    if (answer && (answer.known || refusals.allow(incoming.senderId, seconds()))) await reply(telegram, incoming, answer.text)
  }
  const listener = ({ raw }: { readonly raw: Raw }) => {
    const incoming = accept(raw, { now: seconds(), self })
    if (!incoming || [...underWay.values()].filter((id) => id === incoming.senderId).length >= mostAtOnce) return
    const done = handle(incoming)
      .catch(desk.report)
      .finally(() => void underWay.delete(done))
    underWay.set(done, incoming.senderId)
  }
  telegram.onNewMessage.add(listener)
  await telegram.startUpdatesLoop()
  return async () => {
    telegram.onNewMessage.remove(listener)
    await Promise.all(underWay.keys())
  }
}

async function reply(telegram: TelegramClient, incoming: Incoming, text: string): Promise<void> {
  for (const [index, part] of parts(text).entries()) {
    await send(telegram, { ...incoming, text: part }, index).catch((error: unknown) => {
      if (!isAlreadySent(error)) throw error
    })
  }
}

const send = (telegram: TelegramClient, { senderId, messageId, text }: Incoming, index: number) =>
  telegram.sendText(senderId, text, {
    replyTo: messageId,
    // Telegram's servers would fetch what looks like an address in a secret.
    disableWebPreview: true,
    randomId: randomIdOf(`${senderId}/${messageId}/${index}`),
  })

/**
 * Telegram takes a random id once for each sender, so an answer whose id follows from the question cannot go out twice:
 * not after a lost confirmation, nor from a second start that is given the same message again.
 */
function randomIdOf(answer: string): Long {
  const hash = createHash('sha256').update(answer).digest()
  return Long.fromBits(hash.readInt32LE(0), hash.readInt32LE(4))
}
