import { createHash, createPublicKey } from 'node:crypto'
import { createRequire } from 'node:module'
import { dataCenters, startSandbox, trust, type Sandbox } from '@chatelaine/sandbox'
import { MemoryStorage, TelegramClient as MtcuteClient } from '@mtcute/node'
import { TelegramClient } from 'telegram'
import { NewMessage, type NewMessageEvent } from 'telegram/events/index.js'
import { Logger, LogLevel } from 'telegram/extensions/Logger.js'
import { PromisedNetSockets } from 'telegram/extensions/PromisedNetSockets.js'
import { StringSession } from 'telegram/sessions/index.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const require = createRequire(import.meta.url)
const ALICE = { phone: '9996620001', firstName: 'Alice', username: 'alice' }
const BOB = { phone: '9996620002', firstName: 'Bob', username: 'bobby' }

describe('GramJS on the sandbox', () => {
  let sandbox: Sandbox
  let alice: MtcuteClient
  let bob: TelegramClient

  beforeEach(async () => {
    sandbox = await startSandbox()
    trust(sandbox)
    trustInGramjs(sandbox)
    sandbox.addLayer(require('telegram/tl/AllTLObjects.js').LAYER, require('telegram/tl/apiTl.js'))
    sandbox.addUser(ALICE)
    alice = new MtcuteClient({
      apiId: 1,
      apiHash: 'hash',
      storage: new MemoryStorage(),
      defaultDcs: dataCenters(sandbox),
      logLevel: 0,
    })
    const code = () => sandbox.codeFor(ALICE.phone)
    await alice.start({ phone: ALICE.phone, code, codeSentCallback: () => undefined })

    const session = new StringSession('')
    session.setDC(2, sandbox.host, 80)
    bob = new TelegramClient(session, 1, 'hash', {
      connectionRetries: 1,
      useWSS: false,
      baseLogger: new Logger(LogLevel.NONE),
      networkSocket: socketTo(sandbox),
    })
  })

  afterEach(async () => {
    await bob.destroy()
    await alice.destroy()
    await sandbox.close()
  })

  it('logs in by code, and exchanges messages with mtcute', async () => {
    const { id } = sandbox.addUser(BOB)
    await logIn(bob, sandbox, [])
    expect(Number((await bob.getMe()).id)).toBe(id)

    const atAlice = new Promise<string>((resolve) => alice.onNewMessage.add(({ text }) => resolve(text)))
    await alice.startUpdatesLoop()
    await bob.sendMessage('alice', { message: 'from gramjs' })
    expect(await atAlice).toBe('from gramjs')

    const atBob = new Promise<string>((resolve) => {
      const heard = ({ message }: NewMessageEvent) => resolve(message.text)
      bob.addEventHandler(heard, new NewMessage({ incoming: true }))
    })
    await alice.sendText('bobby', 'from mtcute')
    expect(await atBob).toBe('from mtcute')

    const history = await bob.getMessages('alice', { limit: 10 })
    expect(Array.from(history, ({ text }) => text)).toEqual(['from mtcute', 'from gramjs'])
    expect([...sandbox.unknownMethods]).toEqual([])
  })

  it('is asked for the two-step password, again after a wrong one', async () => {
    const { id } = sandbox.addUser({ ...BOB, password: 'hunter2' })
    const guesses = ['hunter3', 'hunter2']

    await logIn(bob, sandbox, guesses)

    expect(guesses).toEqual([])
    expect(Number((await bob.getMe()).id)).toBe(id)
  })
})

async function logIn(client: TelegramClient, sandbox: Sandbox, passwords: string[]): Promise<void> {
  await client.start({
    phoneNumber: BOB.phone,
    phoneCode: () => sandbox.codeFor(BOB.phone),
    password: () => Promise.resolve(passwords.shift() ?? ''),
    onError: () => Promise.resolve(false), // a wrong password is asked for again
  })
}

/** GramJS dials port 80, whatever port its session holds, and can save no port above 32767. */
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
