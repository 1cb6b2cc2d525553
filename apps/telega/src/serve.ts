import { createHash } from 'node:crypto'
import { Long, type TelegramClient } from '@mtcute/node'
import { isFresh, saidToOurselves, saidToUs, type Incoming } from './incoming.js'
import { lateness } from './late.js'
import { lost, outbox, type Letter } from './outbox.js'
import { pieces } from './pieces.js'
import { Refusals } from './refusals.js'
import { isMeantForUs, respond, type Desk } from './respond.js'

/** How many messages of one sender are looked at together. More at once is no conversation. */
const mostAtOnce = 10
/** What a message under way may still take when we are told to stop. */
const graceMs = 10_000

export interface Serving extends Desk {
  /** Our own account. */
  readonly self: number
  /** Until then the time is not known, and no message is judged. */
  readonly ready: Promise<unknown>
  say(line: string): void
}

type Raw = Parameters<typeof saidToUs>[0]

/** Answers messages until the returned function is called, which resolves when the last answer is out, or told as lost. */
export async function serve(telegram: TelegramClient, desk: Serving): Promise<() => Promise<void>> {
  const underWay = new Map<Promise<void>, number>()
  const refusals = new Refusals()
  const out = outbox({ send: (letter, index) => send(telegram, letter, index), say: desk.say, report: desk.report })
  const late = lateness(desk, (incoming, text) => out.deliver({ ...incoming, pieces: [{ text }] }))
  const tellOnce = once(() => desk.say('This account wrote a command to itself, which is not answered: write to it from another account.'))

  const handle = async (incoming: Incoming) => {
    await desk.ready
    if (!isFresh(incoming, desk.clocks.seconds()) && !(await late.isFreshAfterAll(incoming))) return late.tell(incoming)
    const answer = await respond(desk, incoming)
    if (!answer) return
    if (answer.known) late.knows(incoming.senderId)
    else if (!refusals.allow(incoming.senderId, desk.clocks.seconds())) return
    await out.deliver({ ...incoming, pieces: pieces(answer.text, answer.name) })
  }
  const listener = ({ raw }: { readonly raw: Raw }) => {
    if (isMeantForUs(saidToOurselves(raw, desk.self) ?? '')) tellOnce()
    const incoming = saidToUs(raw, desk.self)
    if (!incoming || !isMeantForUs(incoming.text)) return
    if ([...underWay.values()].filter((id) => id === incoming.senderId).length >= mostAtOnce) return
    const done = handle(incoming)
      .catch(desk.report)
      .finally(() => void underWay.delete(done))
    underWay.set(done, incoming.senderId)
  }
  telegram.onNewMessage.add(listener)
  await telegram.startUpdatesLoop()
  return async () => {
    telegram.onNewMessage.remove(listener)
    await within(graceMs, Promise.all(underWay.keys()))
    const unfinished = [...underWay.values()].map((senderId) => ({ senderId }))
    if (unfinished.length > 0) desk.report(lost(unfinished, 'the userbot ended before they were ready'))
    out.close()
  }
}

const send = (telegram: TelegramClient, letter: Letter, index: number) => {
  const piece = letter.pieces[index]!
  const common = { replyTo: letter.messageId, randomId: randomIdOf(`${letter.senderId}/${letter.messageId}/${index}`) }
  // Telegram's servers would fetch what looks like an address in a secret.
  if ('text' in piece) return telegram.sendText(letter.senderId, piece.text, { ...common, disableWebPreview: true })
  const { file, fileName, caption } = piece
  return telegram.sendMedia(letter.senderId, { type: 'document', file, fileName, fileMime: 'text/plain', caption }, common)
}

/**
 * Telegram takes a random id once for each sender, so an answer whose id follows from the question cannot go out twice:
 * not after a lost confirmation, nor from a second start that is given the same message again.
 */
function randomIdOf(answer: string): Long {
  const hash = createHash('sha256').update(answer).digest()
  return Long.fromBits(hash.readInt32LE(0), hash.readInt32LE(4))
}

function once(run: () => void): () => void {
  let done = false
  return () => {
    if (!done) run()
    done = true
  }
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}
