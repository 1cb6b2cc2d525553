import { MemoryStorage, TelegramClient } from '@mtcute/node'
import { dataCenters, type Account, type Sandbox } from '@chatelaine/sandbox'

/** Somebody with a Telegram client, as far away from the userbot as anybody: they share nothing but the server. */
export interface Person {
  /** Sends a message and waits for the answer to it. */
  ask(text: string): Promise<string>
  close(): Promise<void>
}

export interface Meeting {
  readonly sandbox: Sandbox
  readonly who: Account
  /** The user name of the one to talk to. */
  readonly peer: string
}

const patience = 20_000

export async function meet({ sandbox, who, peer }: Meeting): Promise<Person> {
  const telegram = new TelegramClient({
    apiId: 1, apiHash: '0', storage: new MemoryStorage(), storageOptions: { cleanup: false }, defaultDcs: dataCenters(sandbox), logLevel: 0,
  })
  try {
    await telegram.start({ phone: who.phone, code: () => sandbox.codeFor(who.phone), codeSentCallback: () => undefined })
    await telegram.startUpdatesLoop()
  } catch (error) {
    await telegram.destroy()
    throw error
  }
  return { ask: asking(telegram, peer), close: () => telegram.destroy() }
}

/** An answer names the question it replies to, and may come before we are told the question's own number. */
function asking(telegram: TelegramClient, peer: string): Person['ask'] {
  const waiting = new Map<number, (text: string) => void>()
  const early = new Map<number, string>()
  telegram.onNewMessage.add((message) => {
    const to = message.replyToMessage?.id
    if (message.isOutgoing || to === undefined || to === null) return
    const settle = waiting.get(to)
    if (settle) settle(message.text)
    else early.set(to, message.text)
  })
  return async (text) => {
    const { id } = await telegram.sendText(peer, text)
    const already = early.get(id)
    early.delete(id)
    return already ?? answered(waiting, id)
  }
}

/** The answer to message `id`, or a sentence when none came. */
function answered(waiting: Map<number, (text: string) => void>, id: number): Promise<string> {
  return new Promise((resolve) => {
    const done = (text: string) => {
      clearTimeout(timer)
      waiting.delete(id)
      resolve(text)
    }
    const timer = setTimeout(() => done('(no answer: commands begin with a slash; try /help)'), patience)
    waiting.set(id, done)
  })
}
