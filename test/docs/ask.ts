import { MemoryStorage, TelegramClient } from '@mtcute/node'
import { dataCenters, trust, type Sandbox } from '@chatelaine/sandbox'

export interface Asking {
  readonly sandbox: Sandbox
  readonly phone: string
  /** The user name of the one who is asked. */
  readonly peer: string
  readonly text: string
}

/** Logs somebody in to the sandbox, sends one message, and resolves to the answer. */
export async function ask({ sandbox, phone, peer, text }: Asking): Promise<string> {
  trust(sandbox)
  const storage = new MemoryStorage()
  const telegram = new TelegramClient({ apiId: 1, apiHash: '0', storage, defaultDcs: dataCenters(sandbox), logLevel: 0 })
  try {
    await telegram.start({ phone, code: () => sandbox.codeFor(phone), codeSentCallback: () => undefined })
    await telegram.startUpdatesLoop()
    const answered = new Promise<string>((resolve) => {
      telegram.onNewMessage.add((message) => {
        if (!message.isOutgoing) resolve(message.text)
      })
    })
    await telegram.sendText(peer, text)
    return await answered
  } finally {
    await telegram.destroy()
  }
}
