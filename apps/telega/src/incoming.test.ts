import type { tl } from '@mtcute/core'
import { Long } from '@mtcute/core'
import { describe, expect, it } from 'vitest'
import { accept, oldest } from './incoming.js'

const here = { now: 1_700_000_000, self: 7 }
const user = (userId: number): tl.RawPeerUser => ({ _: 'peerUser', userId })
const said = (more: Partial<tl.RawMessage> = {}): tl.RawMessage => ({
  _: 'message', id: 3, peerId: user(42), date: here.now - 5, message: '/get_keys', ...more,
})

describe('accept', () => {
  it('takes what a person wrote to us just now', () => {
    expect(accept(said(), here)).toEqual({ senderId: 42, messageId: 3, sentAt: here.now - 5, text: '/get_keys' })
  })

  it('takes a sender who is named beside the chat, and the preview of a link', () => {
    expect(accept(said({ fromId: user(42), media: { _: 'messageMediaWebPage', webpage: { _: 'webPageEmpty', id: Long.ONE } } }), here)).toBeDefined()
  })

  it.each<[string, Partial<tl.RawMessage>]>([
    ['our own', { out: true }],
    ['a note to ourselves', { peerId: user(here.self) }],
    ['a note kept for another chat', { savedPeerId: user(42) }],
    ['a forward', { fwdFrom: { _: 'messageFwdHeader', fromId: user(42), date: here.now } }],
    ['a forward whose author is hidden', { fwdFrom: { _: 'messageFwdHeader', fromName: 'Ann', date: here.now } }],
    ['an edit', { editDate: here.now }],
    ['a group message', { peerId: { _: 'peerChat', chatId: 5 }, fromId: user(42) }],
    ['a supergroup message', { peerId: { _: 'peerChannel', channelId: 5 }, fromId: user(42) }],
    ['a channel post', { post: true, peerId: { _: 'peerChannel', channelId: 5 } }],
    ['a post in a private chat', { post: true }],
    ['an anonymous sender', { fromId: { _: 'peerChannel', channelId: 5 } }],
    ['a sender who is not the chat', { fromId: user(43) }],
    ['a message through a bot', { viaBotId: 9 }],
    ['a message of a business bot', { viaBusinessBotId: 9 }],
    ['an automatic answer', { offline: true }],
    ['a scheduled message', { fromScheduled: true }],
    ['a caption', { media: { _: 'messageMediaPhoto' } }],
    ['an old message', { date: here.now - oldest - 1 }],
    ['a message from the future', { date: here.now + oldest + 1 }],
  ])('ignores %s', (_, more) => {
    expect(accept(said(more), here)).toBeUndefined()
  })

  it('ignores what is no message', () => {
    expect(accept({ _: 'messageEmpty', id: 1 }, here)).toBeUndefined()
    const action: tl.RawMessageActionPinMessage = { _: 'messageActionPinMessage' }
    expect(accept({ _: 'messageService', id: 1, peerId: user(42), date: here.now, action }, here)).toBeUndefined()
  })
})
