import {
  IntermediatePacketCodec,
  MemoryStorage,
  ObfuscatedPacketCodec,
  PaddedIntermediatePacketCodec,
  TcpTransport,
  type IPacketCodec,
  type Message,
  type TelegramClient,
} from '@mtcute/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ALICE, BOB, town, type Town } from './testing/clients.js'

/** mtcute's own TCP transport, framed otherwise. */
class Framed extends TcpTransport {
  readonly #codec: () => IPacketCodec

  constructor(codec: () => IPacketCodec) {
    super()
    this.#codec = codec
  }

  override packetCodec(): never {
    return this.#codec() as never
  }
}

const codecs: readonly [string, () => IPacketCodec][] = [
  ['intermediate', () => new IntermediatePacketCodec()],
  ['padded intermediate', () => new PaddedIntermediatePacketCodec()],
  ['obfuscated intermediate', () => new ObfuscatedPacketCodec(new IntermediatePacketCodec())],
  ['obfuscated padded intermediate', () => new ObfuscatedPacketCodec(new PaddedIntermediatePacketCodec())],
]

describe('the sandbox, with mtcute', () => {
  let place: Town

  beforeEach(async () => {
    place = await town()
  })

  afterEach(() => place.close())

  it.each(codecs)('speaks the %s transport', async (_, codec) => {
    const alice = await place.login(ALICE.phone, { transport: new Framed(codec) })
    await alice.sendText('bobby', 'hello')
    expect(place.sandbox.messagesOf(place.bob)).toMatchObject([{ message: 'hello' }])
  })

  it('takes temporary keys, for perfect forward secrecy', async () => {
    const alice = await place.login(ALICE.phone, { network: { usePfs: true } })
    const arrived = incoming(alice)
    await alice.startUpdatesLoop()

    const bob = await place.login(BOB.phone)
    await bob.sendText('alice', 'hello')

    expect((await arrived).text).toBe('hello')
  })

  it('tells a client that was away what it missed, in order', async () => {
    const storage = new MemoryStorage()
    const before = await place.login(BOB.phone, { storage })
    await before.startUpdatesLoop()
    const alice = await place.login(ALICE.phone)
    const first = incoming(before)
    await alice.sendText('bobby', 'first')
    await first
    await before.destroy()

    for (let n = 1; n <= 120; n++) await alice.sendText('bobby', String(n))
    const after = place.client({ storage, updates: { catchUp: true } })
    const missed = collect(after, 120)
    await after.start()

    expect(await missed).toEqual(Array.from({ length: 120 }, (_, n) => String(n + 1)))
  })

  it('goes on after a dropped connection, losing and doubling nothing', async () => {
    const [alice, bob] = await Promise.all([place.login(ALICE.phone), place.login(BOB.phone)])
    await bob.startUpdatesLoop()
    const got = collect(bob, 10)

    for (let n = 0; n < 10; n++) {
      if (n === 5) place.sandbox.dropConnections()
      await alice.sendText('bobby', String(n))
    }

    expect(await got).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
    expect(place.sandbox.messagesOf(place.bob)).toHaveLength(10)
  })

  it('goes on after its salts have changed', async () => {
    const alice = await place.login(ALICE.phone)
    place.sandbox.changeSalts()
    await alice.sendText('bobby', 'hello')
    expect(place.sandbox.messagesOf(place.bob)).toHaveLength(1)
  })

  it('makes a client whose key it forgot log in again', async () => {
    const alice = await place.login(ALICE.phone)
    place.sandbox.forgetKeys()
    await expect(alice.call({ _: 'users.getUsers', id: [{ _: 'inputUserSelf' }] })).rejects.toMatchObject({ code: 401 })

    const again = await place.login(ALICE.phone)
    expect((await again.getMe()).id).toBe(place.alice)
  })

  it('gives ids like those of Telegram, or the one that was asked for', () => {
    expect([place.alice, place.bob]).toEqual([1_000_001, 1_000_002])
    const { id } = place.sandbox.addUser({ phone: '+999 66 2000 3', firstName: 'Carol', id: 5_000_000_000 })
    expect(id).toBe(5_000_000_000)
    expect(() => place.sandbox.addUser({ phone: '99966 20003', firstName: 'Carol' })).toThrow('exists')
  })

  it('answers everything mtcute asks in a day of work', async () => {
    const alice = await place.login(ALICE.phone)
    await alice.startUpdatesLoop()
    await alice.sendText('bobby', 'hello')
    await alice.getFullUser('bobby')
    await alice.getPeerDialogs('bobby')
    for await (const dialog of alice.iterDialogs()) expect(dialog.peer.displayName).toBe('Bob')
    expect(await alice.resolvePhoneNumber(BOB.phone)).toMatchObject({ userId: place.bob })
    expect([...place.sandbox.unknownMethods]).toEqual([])
  })
})

function incoming(client: TelegramClient): Promise<Message> {
  return new Promise((resolve) => {
    client.onNewMessage.add((message) => {
      if (!message.isOutgoing) resolve(message)
    })
  })
}

function collect(client: TelegramClient, count: number): Promise<string[]> {
  const texts: string[] = []
  return new Promise((resolve) => {
    client.onNewMessage.add(({ text, isOutgoing }) => {
      if (isOutgoing) return
      texts.push(text)
      if (texts.length === count) resolve(texts)
    })
  })
}
