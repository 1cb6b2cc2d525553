import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { dataCenters, startSandbox, trust, type Sandbox } from '@chatelaine/sandbox'
import { MemoryStorage, TelegramClient } from '@mtcute/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { python } from '../support/python.js'

const script = fileURLToPath(new URL('telethon_sandbox.py', import.meta.url))
const ALICE = { phone: '9996620001', firstName: 'Alice', username: 'alice' }
const BOB = { phone: '9996620002', firstName: 'Bob', username: 'bobby' }

describe('Telethon on the sandbox', () => {
  let sandbox: Sandbox
  let alice: TelegramClient
  let telethon: Telethon | undefined

  beforeEach(async () => {
    sandbox = await startSandbox()
    trust(sandbox)
    const { stdout } = await promisify(execFile)(python, [script, 'layer'], { maxBuffer: 4 << 20 })
    const { layer, text } = JSON.parse(stdout) as { layer: number; text: string }
    sandbox.addLayer(layer, text)
    sandbox.addUser(ALICE)
    alice = new TelegramClient({
      apiId: 1,
      apiHash: 'hash',
      storage: new MemoryStorage(),
      defaultDcs: dataCenters(sandbox),
      logLevel: 0,
    })
    const code = () => sandbox.codeFor(ALICE.phone)
    await alice.start({ phone: ALICE.phone, code, codeSentCallback: () => undefined })
  })

  afterEach(async () => {
    await telethon?.end()
    await alice.destroy()
    await sandbox.close()
  })

  it('logs in by code, and exchanges messages with mtcute', async () => {
    const { id } = sandbox.addUser(BOB)
    telethon = new Telethon(sandbox, BOB.phone, ALICE.username)
    expect(await telethon.next()).toEqual({ need: 'code' })
    telethon.tell({ code: await sandbox.codeFor(BOB.phone) })
    expect(await telethon.next()).toEqual({ here: id, dialogs: 0 })

    const heard = nextText(alice)
    telethon.tell({ send: 'from telethon' })
    expect(await telethon.next()).toMatchObject({ history: ['from telethon'] })
    expect(await heard).toBe('from telethon')

    const me = await alice.getMe()
    await alice.sendText(BOB.username, 'from mtcute')
    expect(await telethon.next()).toEqual({ heard: 'from mtcute', sender: me.id })
    expect([...sandbox.unknownMethods]).toEqual([])
  })

  it('is asked for the two-step password, again after a wrong one', async () => {
    const { id } = sandbox.addUser({ ...BOB, password: 'hunter2' })
    telethon = new Telethon(sandbox, BOB.phone, ALICE.username)
    expect(await telethon.next()).toEqual({ need: 'code' })
    telethon.tell({ code: await sandbox.codeFor(BOB.phone) })

    expect(await telethon.next()).toEqual({ need: 'password' })
    telethon.tell({ password: 'hunter3' })
    expect(await telethon.next()).toEqual({ refused: 'password' })
    expect(await telethon.next()).toEqual({ need: 'password' })
    telethon.tell({ password: 'hunter2' })

    expect(await telethon.next()).toEqual({ here: id, dialogs: 0 })
  })
})

/** Telethon in a process of its own, spoken to by lines of JSON. */
class Telethon {
  readonly #process: ChildProcess
  readonly #lines: AsyncIterator<string>
  readonly #reader: Interface

  constructor({ port, publicKeyPem }: Sandbox, phone: string, to: string) {
    this.#process = spawn(python, [script, 'chat', String(port), publicKeyPem, phone, to], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#reader = createInterface({ input: this.#process.stdout! })
    this.#lines = this.#reader[Symbol.asyncIterator]()
  }

  tell(line: object): void {
    this.#process.stdin!.write(`${JSON.stringify(line)}\n`)
  }

  async next(): Promise<unknown> {
    const { done, value } = await this.#lines.next()
    if (done) throw new Error('Telethon ended')
    return JSON.parse(value)
  }

  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    if (this.#process.exitCode !== null) return
    this.tell({ leave: true })
    this.#process.stdin!.end()
    await ended
    this.#reader.close()
  }
}

async function nextText(client: TelegramClient): Promise<string> {
  const heard = new Promise<string>((resolve) => {
    client.onNewMessage.add(({ isOutgoing, text }) => {
      if (!isOutgoing) resolve(text)
    })
  })
  await client.startUpdatesLoop()
  return heard
}
