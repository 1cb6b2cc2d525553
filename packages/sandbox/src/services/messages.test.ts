import type { DeleteMessageUpdate, Message, TelegramClient } from '@mtcute/node'
import Long from 'long'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ALICE, BOB, town, type Town } from '../testing/clients.js'

describe('messages', () => {
  let place: Town
  let alice: TelegramClient
  let bob: TelegramClient
  let shift: number

  beforeEach(async () => {
    shift = 0
    place = await town({ now: () => new Date(Date.now() + shift) })
    ;[alice, bob] = await Promise.all([place.login(ALICE.phone), place.login(BOB.phone)])
    await Promise.all([alice.startUpdatesLoop(), bob.startUpdatesLoop()])
  })

  afterEach(() => place.close())

  it('reach the other person, and come back', async () => {
    const atBob = incoming(bob)
    await alice.sendText('bobby', 'hello')
    expect(await atBob).toMatchObject({ text: 'hello', sender: { id: place.alice } })

    const atAlice = incoming(alice)
    await bob.sendText('alice', 'hello yourself')
    expect(await atAlice).toMatchObject({ text: 'hello yourself', sender: { id: place.bob } })
  })

  it('reach the other sessions of their writer', async () => {
    const second = await place.login(ALICE.phone)
    const seen = heard(second.onNewMessage)
    await second.startUpdatesLoop()

    const sent = await alice.sendText('bobby', 'hello')

    expect(await seen).toMatchObject({ id: sent.id, isOutgoing: true, text: 'hello' })
  })

  it('keep what they reply to, each in the numbers of its reader', async () => {
    await bob.sendText('me', 'so that the numbers differ')
    const first = incoming(bob)
    await alice.sendText('bobby', 'question')
    const question = await first

    const answer = incoming(alice)
    await bob.replyText(question, 'answer')

    const reply = await answer
    expect(reply.replyToMessage?.id).toBe(place.sandbox.messagesOf(place.alice)[0]?.id)
    expect((await alice.getReplyTo(reply))?.text).toBe('question')
  })

  it('are one, however often the client asks under one random id', async () => {
    const impatient = await place.login(ALICE.phone, { network: { middlewares: [] } })
    const peer = await impatient.resolvePeer('bobby')
    const send = (message: string) =>
      impatient.call({ _: 'messages.sendMessage', peer, message, randomId: Long.fromNumber(42) }, { maxRetryCount: 0 })
    await expect(send('')).rejects.toMatchObject({ text: 'MESSAGE_EMPTY' })
    await send('once')

    await expect(send('twice')).rejects.toMatchObject({ code: 500, text: 'RANDOM_ID_DUPLICATE' })
    expect(place.sandbox.messagesOf(place.bob)).toHaveLength(1)
  })

  it('wait for their time when they are scheduled', async () => {
    const date = new Date(Date.now() + 3_600_000)
    const atBob = incoming(bob)
    const waiting = await alice.sendText('bobby', 'later', { schedule: date })
    await alice.sendText('bobby', 'now', { schedule: new Date(Date.now() + 5000) })

    expect(await atBob).toMatchObject({ text: 'now' })
    expect(await alice.getScheduledMessages('bobby', [waiting.id])).toMatchObject([{ text: 'later' }])
    expect(place.sandbox.messagesOf(place.bob)).toHaveLength(1)

    const later = incoming(bob)
    shift = 3_600_000
    expect(await later).toMatchObject({ text: 'later' })
    expect(await alice.getScheduledMessages('bobby', [waiting.id])).toEqual([])
  })

  it('can be sent before their time, or taken back', async () => {
    const schedule = new Date(Date.now() + 3_600_000)
    const [first, second] = [await alice.sendText('bobby', 'first', { schedule }), await alice.sendText('bobby', 'second', { schedule })]
    const atBob = incoming(bob)

    await alice.deleteScheduledMessages('bobby', [first.id])
    await alice.sendScheduled('bobby', second.id)

    expect(await atBob).toMatchObject({ text: 'second' })
    await expect(alice.sendText('bobby', 'too late', { schedule: new Date(Date.now() + 400 * 86_400_000) })).rejects.toMatchObject({ text: 'SCHEDULE_DATE_TOO_LATE' })
  })

  it('may have as many emoji as other characters', async () => {
    const atBob = incoming(bob)

    await alice.sendText('bobby', '🔑'.repeat(3000))

    expect((await atBob).text).toHaveLength(6000)
    await expect(alice.sendText('bobby', '🔑'.repeat(4097))).rejects.toMatchObject({ text: 'MESSAGE_TOO_LONG' })
  })

  it('are not changed to what they are', async () => {
    const sent = await alice.sendText('bobby', 'same')
    const peer = await alice.resolvePeer('bobby')
    const edit = (entities?: []) => alice.call({ _: 'messages.editMessage', peer, id: sent.id, message: 'same', ...(entities && { entities }) })

    await expect(edit()).rejects.toMatchObject({ text: 'MESSAGE_NOT_MODIFIED' })
    await expect(edit([])).rejects.toMatchObject({ text: 'MESSAGE_NOT_MODIFIED' })
  })

  it('can be changed by their writer alone, in both copies', async () => {
    const arrived = incoming(bob)
    const sent = await alice.sendText('bobby', 'before')
    const copy = await arrived
    const edited = heard(bob.onEditMessage)

    await alice.editMessage({ message: sent, text: 'after' })

    expect(await edited).toMatchObject({ id: copy.id, text: 'after' })
    expect(copy.isOutgoing).toBe(false)
    await expect(bob.editMessage({ message: copy, text: 'mine' })).rejects.toMatchObject({
      text: 'MESSAGE_AUTHOR_REQUIRED',
    })
    await expect(alice.editMessage({ message: sent, text: 'after' })).rejects.toMatchObject({
      text: 'MESSAGE_NOT_MODIFIED',
    })
  })

  it('go from both copies when revoked, and from one when not', async () => {
    const first = await alice.sendText('bobby', 'revoked')
    const second = await alice.sendText('bobby', 'kept by bob')
    const [gone] = place.sandbox.messagesOf(place.bob)
    const deleted = heard<DeleteMessageUpdate>(bob.onDeleteMessage)

    await alice.deleteMessages([second], { revoke: false })
    await alice.deleteMessages([first], { revoke: true })

    expect((await deleted).messageIds).toEqual([gone?.id])
    expect(place.sandbox.messagesOf(place.alice)).toEqual([])
    expect(texts(place.sandbox.messagesOf(place.bob))).toEqual(['kept by bob'])
  })

  it('name their first writer when forwarded', async () => {
    const carol = { phone: '9996620003', firstName: 'Carol', username: 'carol' }
    place.sandbox.addUser(carol)
    const third = await place.login(carol.phone)
    await third.startUpdatesLoop()
    const arrived = incoming(bob)
    await alice.sendText('bobby', 'pass it on')
    const message = await arrived

    const atCarol = incoming(third)
    await bob.forwardMessages({ toChatId: 'carol', messages: [message] })

    expect(await atCarol).toMatchObject({
      text: 'pass it on',
      sender: { id: place.bob },
      forward: { sender: { id: place.alice } },
    })
  })

  it('are unread until they are read, which their writer is told', async () => {
    await alice.sendText('bobby', 'one')
    const last = await alice.sendText('bobby', 'two')
    const [before] = await dialogs(bob)
    expect(before).toMatchObject({ unreadCount: 2 })

    const seen = heard(alice.onHistoryRead)
    await bob.readHistory('alice')

    expect(await seen).toMatchObject({ isOutbox: true, maxReadId: last.id })
    const [after] = await dialogs(bob)
    expect(after).toMatchObject({ unreadCount: 0 })
  })

  it('are announced by typing', async () => {
    const typing = heard(bob.onUserTyping)
    await alice.sendTyping('bobby')
    expect(await typing).toMatchObject({ userId: place.alice, status: 'typing' })
  })

  it('are refused when empty, too long, or for somebody unknown', async () => {
    const peer = await alice.resolvePeer('bobby')
    const send = (message: string, to = peer) =>
      alice.call({ _: 'messages.sendMessage', peer: to, message, randomId: Long.fromNumber(1) })

    await expect(send(' ')).rejects.toMatchObject({ text: 'MESSAGE_EMPTY' })
    await expect(send('x'.repeat(4097))).rejects.toMatchObject({ text: 'MESSAGE_TOO_LONG' })
    const guessed = { _: 'inputPeerUser' as const, userId: place.bob, accessHash: Long.ONE }
    await expect(send('hello', guessed)).rejects.toMatchObject({ text: 'PEER_ID_INVALID' })
  })

  it('come in pages from the history, newest first', async () => {
    for (let n = 1; n <= 7; n++) await alice.sendText('bobby', String(n))

    const first = await alice.getHistory('bobby', { limit: 3 })
    expect(texts(first)).toEqual(['7', '6', '5'])
    const second = await alice.getHistory('bobby', { limit: 3, offset: first.next! })
    expect(texts(second)).toEqual(['4', '3', '2'])

    const all: string[] = []
    for await (const message of alice.iterHistory('bobby', { chunkSize: 2 })) all.push(message.text)
    expect(all).toEqual(['7', '6', '5', '4', '3', '2', '1'])
  })

  it('can be fetched by number', async () => {
    const { id } = await alice.sendText('bobby', 'hello')
    const [known, unknown] = await alice.getMessages('bobby', [id, id + 100])
    expect(known?.text).toBe('hello')
    expect(unknown).toBeNull()
  })

  it('make a dialog each, in pages, the newest first', async () => {
    for (let n = 3; n < 8; n++) {
      shift += 1000
      place.sandbox.addUser({ phone: `999662000${n}`, firstName: `User ${n}`, username: `user_${n}` })
      await alice.sendText(`user_${n}`, `to ${n}`)
    }

    const found: string[] = []
    for await (const { peer } of alice.iterDialogs({ chunkSize: 2 })) found.push(peer.displayName)

    expect(found).toEqual(['User 7', 'User 6', 'User 5', 'User 4', 'User 3'])
  })

  it('of any kind can be delivered: a channel post, an anonymous sender, an old forward', async () => {
    const channel = { _: 'peerChannel' as const, channelId: 1234 }
    const post = { _: 'message' as const, id: 0, peerId: channel, date: 1_700_000_000, message: 'post', post: true }
    const group = { ...channel, channelId: 77 }
    const anonymous = { ...post, post: false, peerId: group, fromId: group }
    const stranger = { _: 'peerUser' as const, userId: 42 }
    const fwdFrom = { _: 'messageFwdHeader' as const, fromId: stranger, date: 1_600_000_000 }
    const old = { ...post, post: false, peerId: { _: 'peerUser' as const, userId: place.alice }, fwdFrom }

    for (const message of [post, anonymous, old]) {
      const arrived = incoming(bob)
      place.sandbox.deliver(place.bob, { ...message, message: 'delivered' })
      expect((await arrived).raw).toMatchObject({ message: 'delivered', date: 1_700_000_000, peerId: message.peerId })
    }
    expect(place.sandbox.messagesOf(place.bob)).toHaveLength(3)
  })

  it('wait when a test wants a flood', async () => {
    const limited = await place.login(ALICE.phone, { network: { middlewares: [] } })
    place.sandbox.floodNext({ method: 'messages.sendMessage', seconds: 1234, userId: place.bob })
    place.sandbox.floodNext({ method: 'messages.sendMessage', seconds: 4321, userId: place.alice, times: 2 })

    const peer = await limited.resolvePeer('bobby')
    const send = () =>
      limited.call({ _: 'messages.sendMessage', peer, message: 'hello', randomId: Long.fromNumber(Math.random()) })

    await expect(send()).rejects.toMatchObject({ code: 420, text: 'FLOOD_WAIT_%d', seconds: 4321 })
    await expect(send()).rejects.toMatchObject({ seconds: 4321 })
    await expect(send()).resolves.toMatchObject({ _: 'updates' })
  })
})

/** The next message another person sends to this client. */
const incoming = (client: TelegramClient) => heard(client.onNewMessage, (message: Message) => !message.isOutgoing)

interface Emitter<T> {
  add(listener: (value: T) => void): void
  remove(listener: (value: T) => void): void
}

function heard<T>(emitter: Emitter<T>, wanted: (value: T) => boolean = () => true): Promise<T> {
  return new Promise((resolve) => {
    const listen = (value: T) => {
      if (!wanted(value)) return
      emitter.remove(listen)
      resolve(value)
    }
    emitter.add(listen)
  })
}

async function dialogs(client: TelegramClient) {
  const found = []
  for await (const dialog of client.iterDialogs()) found.push(dialog)
  return found
}

const texts = (messages: readonly object[]) =>
  messages.map((each) => ('text' in each ? each.text : 'message' in each ? each.message : undefined))
