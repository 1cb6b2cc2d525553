import { spawn, execFile } from 'node:child_process'
import { createHash, createPublicKey } from 'node:crypto'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { dataCenters, type Sandbox } from '@chatelaine/sandbox'
import { MemoryStorage, TelegramClient as MtcuteClient, type Document } from '@mtcute/node'
import { TelegramClient } from 'telegram'
import { NewMessage, type NewMessageEvent } from 'telegram/events/index.js'
import { Logger, LogLevel } from 'telegram/extensions/Logger.js'
import { PromisedNetSockets } from 'telegram/extensions/PromisedNetSockets.js'
import { StringSession } from 'telegram/sessions/index.js'
import { python } from '../support/python.js'

const require = createRequire(import.meta.url)
const script = fileURLToPath(new URL('../compat/telethon_sandbox.py', import.meta.url))

/** Somebody with a Telegram client of some make, who writes to Keeper. */
export interface Writer {
  /** Writes, and gives the next thing heard. */
  ask(text: string): Promise<string>
  /** The file that came last. */
  fetched(): Promise<{ readonly name: string; readonly text: string }>
  close(): Promise<void>
}

export type Meet = (sandbox: Sandbox, phone: string) => Promise<Writer>

export async function mtcute(sandbox: Sandbox, phone: string): Promise<Writer & { readonly client: MtcuteClient }> {
  const client = new MtcuteClient({ apiId: 1, apiHash: 'hash', storage: new MemoryStorage(), defaultDcs: dataCenters(sandbox), logLevel: 0 })
  await client.start({ phone, code: () => sandbox.codeFor(phone), codeSentCallback: () => undefined })
  const heard = queue<string>()
  let last: Document | undefined
  client.onNewMessage.add((message) => {
    if (message.isOutgoing) return
    if (message.media?.type === 'document') last = message.media
    heard.put(message.text)
  })
  await client.startUpdatesLoop()
  return {
    client,
    fetched: async () => ({ name: last?.fileName ?? '', text: Buffer.from(await client.downloadAsBuffer(last!)).toString() }),
    async ask(text) {
      await client.sendText('keeper', text)
      return heard.take()
    },
    close: () => client.destroy(),
  }
}

export const gramjs: Meet = async (sandbox, phone) => {
  trustInGramjs(sandbox)
  sandbox.addLayer(require('telegram/tl/AllTLObjects.js').LAYER, require('telegram/tl/apiTl.js'))
  const session = new StringSession('')
  session.setDC(2, sandbox.host, 80)
  const client = new TelegramClient(session, 1, 'hash', {
    connectionRetries: 1, useWSS: false, baseLogger: new Logger(LogLevel.NONE), networkSocket: socketTo(sandbox),
  })
  await client.start({ phoneNumber: phone, phoneCode: () => sandbox.codeFor(phone), onError: () => Promise.resolve(true) })
  const heard = queue<string>()
  let last: NewMessageEvent['message'] | undefined
  client.addEventHandler(({ message }: NewMessageEvent) => {
    if (message.document) last = message
    heard.put(message.text)
  }, new NewMessage({ incoming: true }))
  return {
    async fetched() {
      const name = last?.document?.attributes.flatMap((one) => ('fileName' in one ? one.fileName : []))[0] ?? ''
      return { name, text: String(await client.downloadMedia(last!)) }
    },
    async ask(text) {
      await client.sendMessage('keeper', { message: text })
      return heard.take()
    },
    close: () => client.destroy(),
  }
}

export const telethon: Meet = async (sandbox, phone) => {
  const { stdout } = await promisify(execFile)(python, [script, 'layer'], { maxBuffer: 4 << 20 })
  const { layer, text: tl } = JSON.parse(stdout) as { layer: number; text: string }
  sandbox.addLayer(layer, tl)
  const child = spawn(python, [script, 'chat', String(sandbox.port), sandbox.publicKeyPem, phone, 'keeper'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const tell = (line: object) => void child.stdin.write(`${JSON.stringify(line)}\n`)
  const next = async <T>(name: string): Promise<T> => {
    for (;;) {
      const { done, value } = await lines.next()
      if (done) throw new Error('Telethon ended')
      const line = JSON.parse(value)
      if (name in line) return line[name]
    }
  }
  await next('need')
  tell({ code: await sandbox.codeFor(phone) })
  await next('here')
  return {
    async ask(text) {
      tell({ send: text })
      return next('heard')
    },
    fetched() {
      tell({ fetch: true })
      return next('fetched')
    },
    async close() {
      const ended = once(child, 'exit')
      tell({ leave: true })
      await ended
    },
  }
}

/** What comes, for whoever asks for it, in either order. */
function queue<T>() {
  const there: T[] = []
  const waiting: ((one: T) => void)[] = []
  return {
    put(one: T) {
      const next = waiting.shift()
      if (next) next(one)
      else there.push(one)
    },
    take: () => new Promise<T>((resolve) => (there.length > 0 ? resolve(there.shift()!) : waiting.push(resolve))),
  }
}

/** GramJS dials port 80, whatever port its session holds. */
function socketTo({ host, port }: Sandbox): typeof PromisedNetSockets {
  return class extends PromisedNetSockets {
    override connect() {
      return super.connect(port, host)
    }
  }
}

/** GramJS keeps the server's keys in one table for the whole process, by fingerprint as a signed number. */
function trustInGramjs({ publicKeyPem }: Sandbox): void {
  const bigInt = require('big-integer')
  const { _serverKeys: known } = require('telegram/crypto/RSA.js')
  const { n, e } = createPublicKey(publicKeyPem).export({ format: 'jwk' })
  const [modulus, exponent] = [n, e].map((part) => Buffer.from(String(part), 'base64url'))
  const hashed = createHash('sha1').update(tlBytes(modulus!)).update(tlBytes(exponent!)).digest()
  const key = { n: bigInt(modulus!.toString('hex'), 16), e: exponent!.readUIntBE(0, exponent!.length) }
  known.set(hashed.readBigInt64LE(12).toString(), key)
}

function tlBytes(bytes: Buffer): Buffer {
  const head = bytes.length < 254 ? [bytes.length] : [254, bytes.length & 255, bytes.length >> 8, 0]
  return Buffer.concat([Buffer.from(head), bytes, Buffer.alloc(-(head.length + bytes.length) & 3)])
}
