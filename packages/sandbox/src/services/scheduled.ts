import type { tl } from '@mtcute/core'
import { refuse } from '../errors.js'
import type { Methods } from '../rpc/methods.js'
import type { Account } from './accounts.js'
import type { Actor, Draft, Posts } from './posts.js'
import type { World } from './world.js'

/** Nearer than this, a message is sent at once; further than a year away it is refused. In seconds. */
const SOONEST = 10
const LATEST = 367 * 86_400
const MOST = 100
const LOOK_EVERY_MS = 1000

interface Waiting {
  readonly to: Account
  readonly draft: Draft
  readonly message: tl.RawMessage
}

/** Messages that are written now and sent later. https://core.telegram.org/api/scheduled-messages */
export class Scheduled {
  readonly #world: World
  readonly #posts: Posts
  readonly #waiting = new Map<Account, Map<number, Waiting>>()
  #timer: NodeJS.Timeout | undefined
  #nextId = 1

  constructor(world: World, posts: Posts) {
    this.#world = world
    this.#posts = posts
  }

  /** Whether a message with this date has to wait. */
  waits(date: number | undefined): date is number {
    return date !== undefined && date - this.#world.now() >= SOONEST
  }

  add({ account, session }: Actor, to: Account, draft: Draft, date: number): tl.RawUpdateNewScheduledMessage {
    if (date - this.#world.now() > LATEST) throw refuse('scheduleDateTooLate')
    const own = this.#of(account)
    if ([...own.values()].filter((one) => one.to === to).length >= MOST) throw refuse('scheduleTooMuch')
    const { text, entities, media, silent } = draft
    const message: tl.RawMessage = {
      _: 'message', id: this.#nextId++, out: true, peerId: peer(to), fromId: peer(account), date, message: text,
      ...(entities && { entities }), ...(media && { media }), ...(silent && { silent }),
    }
    own.set(message.id, { to, draft, message })
    // Looked at by the world's own clock, which a test may have moved.
    this.#timer ??= setInterval(() => this.#sendDue(), LOOK_EVERY_MS).unref()
    const update: tl.RawUpdateNewScheduledMessage = { _: 'updateNewScheduledMessage', message }
    this.#world.announce(account, [update], session)
    return update
  }

  list(account: Account, to: Account): readonly tl.RawMessage[] {
    return [...this.#of(account).values()].filter((one) => one.to === to).map(({ message }) => message)
  }

  /** Takes messages out of the box unsent. */
  remove({ account, session }: Actor, to: Account, ids: readonly number[]): tl.RawUpdateDeleteScheduledMessages {
    const messages = ids.filter((id) => this.#of(account).get(id)?.to === to)
    messages.forEach((id) => this.#of(account).delete(id))
    const update: tl.RawUpdateDeleteScheduledMessages = { _: 'updateDeleteScheduledMessages', peer: peer(to), messages }
    if (messages.length > 0) this.#world.announce(account, [update], session)
    return update
  }

  /** Sends messages now, whatever their date. */
  send(by: Omit<Actor, 'session'> & Partial<Actor>, ids: readonly number[]): tl.TypeUpdate[] {
    const own = this.#of(by.account)
    const found = ids.map((id) => own.get(id))
    if (found.some((one) => one === undefined)) throw refuse('messageIdInvalid')
    return found.filter((one) => one !== undefined).flatMap(({ to, draft, message }): tl.TypeUpdate[] => {
      own.delete(message.id)
      const sent = this.#posts.send({ account: by.account, session: by.session }, to, draft)
      const gone: tl.RawUpdateDeleteScheduledMessages = {
        _: 'updateDeleteScheduledMessages', peer: peer(to), messages: [message.id], sentMessages: [sent.message.id],
      }
      this.#world.announce(by.account, [gone], by.session)
      return [gone, sent]
    })
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #sendDue(): void {
    const now = this.#world.now()
    for (const [account, own] of this.#waiting) {
      const due = [...own.values()].filter(({ message }) => message.date <= now).map(({ message }) => message.id)
      this.send({ account }, due)
      if (own.size === 0) this.#waiting.delete(account)
    }
    if (this.#waiting.size === 0) this.close()
  }

  #of(account: Account): Map<number, Waiting> {
    const own = this.#waiting.get(account) ?? new Map<number, Waiting>()
    this.#waiting.set(account, own)
    return own
  }
}

export function scheduledMethods(world: World, scheduled: Scheduled): Methods {
  const { people } = world

  const page = (account: Account, messages: readonly tl.RawMessage[]): tl.messages.RawMessages => ({
    _: 'messages.messages', messages: [...messages], ...people.mentioned(account, messages), topics: [],
  })

  return {
    'messages.getScheduledHistory'(call, { peer }) {
      const account = world.caller(call)
      return page(account, scheduled.list(account, people.peerOf(account, peer)))
    },

    'messages.getScheduledMessages'(call, { peer, id }) {
      const account = world.caller(call)
      return page(account, scheduled.list(account, people.peerOf(account, peer)).filter((message) => id.includes(message.id)))
    },

    'messages.sendScheduledMessages'(call, { id }) {
      const account = world.caller(call)
      return world.updates(account, scheduled.send({ account, session: call.session }, id))
    },

    'messages.deleteScheduledMessages'(call, { peer, id }) {
      const account = world.caller(call)
      return world.updates(account, [scheduled.remove({ account, session: call.session }, people.peerOf(account, peer), id)])
    },
  }
}

const peer = ({ id }: Account): tl.RawPeerUser => ({ _: 'peerUser', userId: id })
