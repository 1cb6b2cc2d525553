// Two people in a Telegram of their own, over real MTProto: how a userbot is tried without an account.
import { MemoryStorage, TelegramClient } from '@mtcute/node'
import { dataCenters, startSandbox, trust } from '@chatelaine/sandbox'

const sandbox = await startSandbox()
trust(sandbox)

/** Logs in by code, as any client of Telegram does. */
async function arrive(phone: string, firstName: string, username: string) {
  sandbox.addUser({ phone, firstName, username })
  const client = new TelegramClient({ apiId: 1, apiHash: '0', storage: new MemoryStorage(), defaultDcs: dataCenters(sandbox), logLevel: 0 })
  await client.start({ phone, code: () => sandbox.codeFor(phone), codeSentCallback: () => undefined })
  await client.startUpdatesLoop()
  return client
}

const echo = await arrive('+9996620001', 'Echo', 'echo')
const ann = await arrive('+9996620002', 'Ann', 'ann')
try {
  echo.onNewMessage.add((message) => {
    if (!message.isOutgoing) void echo.sendText(message.chat, `You said ${message.text}`, { replyTo: message.id })
  })
  const answer = new Promise<string>((resolve) => ann.onNewMessage.add((message) => (message.isOutgoing ? undefined : resolve(message.text))))
  await ann.sendText('echo', 'good morning')
  process.stdout.write(`${await answer}\n`)
} finally {
  await ann.destroy()
  await echo.destroy()
  await sandbox.close()
}
