import { duration } from './duration.js'
import { TelegaError } from './errors.js'
import type { Piece } from './pieces.js'
import { explained, isAlreadySent, isRpcError, waitOf } from './trouble.js'

/** One answer on its way. */
export interface Letter {
  readonly senderId: number
  readonly messageId: number
  readonly pieces: readonly Piece[]
}

export interface OutboxOptions {
  /** Sends one piece. The same letter and index may be sent again: Telegram takes each once. */
  readonly send: (letter: Letter, index: number) => Promise<unknown>
  readonly say: (line: string) => void
  readonly report: (error: unknown) => void
  readonly limits?: { readonly letters: number; readonly characters: number } | undefined
  /** Calls back after so many milliseconds, until the returned function is called. */
  readonly after?: ((ms: number, run: () => void) => () => void) | undefined
}

export interface Outbox {
  /** Resolves when the answer is out, kept for later, or told as lost. */
  deliver(letter: Letter): Promise<void>
  /** Gives up what is still kept, and says to whom it was not sent. */
  close(): void
}

const usual = { letters: 200, characters: 8_000_000 }
const tries = 3

const timeout = (ms: number, run: () => void) => {
  const timer = setTimeout(run, Math.min(ms, 2 ** 31 - 1)).unref()
  return () => clearTimeout(timer)
}

/** Answers go out at once; while Telegram forbids writing for long they are kept, as many as memory should hold, and go out in order afterwards. */
export function outbox({ send, say, report, limits = usual, after = timeout }: OutboxOptions): Outbox {
  const kept: { readonly letter: Letter; readonly from: number }[] = []
  let cancel: (() => void) | undefined

  /** Seconds to wait before the rest may go out; undefined when all is out. */
  async function post(letter: Letter, from: number): Promise<{ readonly index: number; readonly wait: number } | undefined> {
    for (let index = from; index < letter.pieces.length; index++) {
      const wait = await piece(send, letter, index)
      if (wait !== undefined) return { index, wait }
    }
    return undefined
  }

  function keep(letter: Letter, from: number, front: boolean): void {
    const characters = [...kept.map((one) => one.letter), letter].reduce((sum, one) => sum + sizeOf(one), 0)
    if (kept.length >= limits.letters || characters > limits.characters) {
      report(lost([letter], 'Telegram lets nothing be sent, and no more answers are kept'))
    } else if (front) kept.unshift({ letter, from })
    else kept.push({ letter, from })
  }

  function pause(seconds: number): void {
    if (cancel) return
    say(`Telegram lets this account send nothing for ${duration(seconds)}. Answers are kept until then; ${kept.length} so far.`)
    cancel = after(seconds * 1000 + 500, () => {
      cancel = undefined
      drain().catch(report)
    })
  }

  async function drain(): Promise<void> {
    if (kept.length > 0) say(`Sending ${kept.length} ${kept.length === 1 ? 'answer' : 'answers'} that Telegram held up.`)
    for (let one = kept.shift(); one; one = kept.shift()) {
      const { letter, from } = one
      const rest = await post(letter, from).catch((error: unknown) => report(unanswered(letter, error)))
      if (!rest) continue
      keep(letter, rest.index, true)
      return pause(rest.wait)
    }
  }

  return {
    async deliver(letter) {
      if (cancel) return keep(letter, 0, false)
      try {
        const rest = await post(letter, 0)
        if (!rest) return
        keep(letter, rest.index, false)
        pause(rest.wait)
      } catch (error) {
        report(unanswered(letter, error))
      }
    },
    close() {
      cancel?.()
      cancel = undefined
      const letters = kept.splice(0).map(({ letter }) => letter)
      if (letters.length > 0) report(lost(letters, 'the userbot ended before Telegram let them be sent'))
    },
  }
}

/** Seconds to wait before it may go out; undefined when it is out. A connection that was lost on the way is tried again. */
async function piece(send: OutboxOptions['send'], letter: Letter, index: number): Promise<number | undefined> {
  for (let left = tries; ; left--) {
    try {
      await send(letter, index)
      return undefined
    } catch (error) {
      if (isAlreadySent(error)) return undefined
      const wait = waitOf(error)
      if (wait !== undefined) return wait
      if (isRpcError(error) || left <= 1) throw error
    }
  }
}

const sizeOf = ({ pieces }: Letter) => pieces.reduce((sum, one) => sum + ('text' in one ? one.text.length : one.file.length), 0)

function unanswered({ senderId }: Letter, error: unknown): Error {
  const told = explained(error)
  const reason = told instanceof Error && 'code' in told ? told.message : `a failure of kind ${told instanceof Error ? told.name : typeof told}`
  return TelegaError.unanswered({ senderId, reason }, { cause: error })
}

/** Those who wait for an answer in vain, by number, and how many answers each. */
export function lost(letters: readonly Pick<Letter, 'senderId'>[], reason: string): Error {
  const counts = new Map<number, number>()
  for (const { senderId } of letters) counts.set(senderId, (counts.get(senderId) ?? 0) + 1)
  const to = [...counts].map(([id, count]) => (count === 1 ? String(id) : `${id} (${count})`)).join(', ')
  return TelegaError.answersLost({ count: letters.length, to, reason })
}
