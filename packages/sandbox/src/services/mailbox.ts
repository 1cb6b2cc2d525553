import type { tl } from '@mtcute/core'

export type Message = tl.RawMessage | tl.RawMessageService

/** What changes a mailbox, each change counted by pts. https://core.telegram.org/api/updates */
export type Event =
  | tl.RawUpdateNewMessage
  | tl.RawUpdateEditMessage
  | tl.RawUpdateDeleteMessages
  | tl.RawUpdateReadHistoryInbox
  | tl.RawUpdateReadHistoryOutbox

type Uncounted<E> = E extends Event ? Omit<E, 'pts' | 'ptsCount'> : never

/** Names a chat in maps. */
export function peerKey(peer: tl.TypePeer): string {
  switch (peer._) {
    case 'peerUser': return `user ${peer.userId}`
    case 'peerChat': return `chat ${peer.chatId}`
    case 'peerChannel': return `channel ${peer.channelId}`
  }
}

/**
 * One account's private chats, under one count: pts grows by one with each message that comes, changes, is read or
 * goes, and the events since any pts are what a client that was away must be told.
 */
export class Mailbox {
  readonly #messages = new Map<number, Message>()
  readonly #events: Event[] = []
  readonly #readIn = new Map<string, number>()
  readonly #readOut = new Map<string, number>()
  readonly channels = new Map<number, ChannelBox>()
  #pts = 1
  #nextId = 1

  get pts(): number {
    return this.#pts
  }

  /** Oldest first. */
  get messages(): readonly Message[] {
    return [...this.#messages.values()]
  }

  /** Those of channels too, after the rest. */
  get all(): readonly Message[] {
    return [...this.messages, ...[...this.channels.values()].flatMap(({ messages }) => messages)]
  }

  get(id: number): Message | undefined {
    return this.#messages.get(id)
  }

  with(peer: tl.TypePeer): readonly Message[] {
    const key = peerKey(peer)
    return this.messages.filter((message) => peerKey(message.peerId) === key)
  }

  append(make: (id: number) => Message): tl.RawUpdateNewMessage {
    const message = make(this.#nextId++)
    this.#messages.set(message.id, message)
    return this.#count({ _: 'updateNewMessage', message }, 1)
  }

  replace(message: Message): tl.RawUpdateEditMessage {
    this.#messages.set(message.id, message)
    return this.#count({ _: 'updateEditMessage', message }, 1)
  }

  remove(ids: readonly number[]): tl.RawUpdateDeleteMessages {
    const gone = ids.filter((id) => this.#messages.delete(id))
    return this.#count({ _: 'updateDeleteMessages', messages: gone }, gone.length)
  }

  /** Undefined when that far was read before. */
  readTo(peer: tl.TypePeer, maxId: number, which: 'inbox' | 'outbox'): Event | undefined {
    if (this.read(peer, which) >= maxId) return undefined
    const marks = which === 'inbox' ? this.#readIn : this.#readOut
    marks.set(peerKey(peer), maxId)
    if (which === 'outbox') return this.#count({ _: 'updateReadHistoryOutbox', peer, maxId }, 1)
    return this.#count({ _: 'updateReadHistoryInbox', peer, maxId, stillUnreadCount: this.unread(peer) }, 1)
  }

  read(peer: tl.TypePeer, which: 'inbox' | 'outbox'): number {
    return (which === 'inbox' ? this.#readIn : this.#readOut).get(peerKey(peer)) ?? 0
  }

  unread(peer: tl.TypePeer): number {
    const read = this.read(peer, 'inbox')
    return this.with(peer).filter(({ id, out }) => out !== true && id > read).length
  }

  since(pts: number): readonly Event[] {
    return this.#events.filter((event) => event.pts > pts)
  }

  channel(id: number): ChannelBox {
    const box = this.channels.get(id) ?? new ChannelBox()
    this.channels.set(id, box)
    return box
  }

  #count<E extends Event>(event: Uncounted<E> | Omit<E, 'pts' | 'ptsCount'>, ptsCount: number): E {
    this.#pts += ptsCount
    const counted = { ...event, pts: this.#pts, ptsCount } as unknown as E // what Omit took away is put back
    if (ptsCount > 0) this.#events.push(counted)
    return counted
  }
}

/** Each channel has a count of its own. */
export class ChannelBox {
  readonly #news: tl.RawUpdateNewChannelMessage[] = []

  get pts(): number {
    return 1 + this.#news.length
  }

  get messages(): readonly Message[] {
    return this.#news.map(({ message }) => message as Message)
  }

  append(message: Message): tl.RawUpdateNewChannelMessage {
    const update: tl.RawUpdateNewChannelMessage = {
      _: 'updateNewChannelMessage',
      message: { ...message, id: message.id || this.#news.length + 1 },
      pts: this.pts + 1,
      ptsCount: 1,
    }
    this.#news.push(update)
    return update
  }

  since(pts: number): readonly tl.RawUpdateNewChannelMessage[] {
    return this.#news.filter((update) => update.pts > pts)
  }
}
