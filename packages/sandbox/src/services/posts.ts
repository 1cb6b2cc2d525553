import type { tl } from '@mtcute/core'
import { refuse } from '../errors.js'
import type { Session } from '../session/session.js'
import type { Account } from './accounts.js'
import type { Event, Message } from './mailbox.js'
import type { World } from './world.js'

/** What a person writes, before it is anybody's message. */
export interface Draft {
  readonly text: string
  readonly entities?: tl.TypeMessageEntity[]
  readonly media?: tl.TypeMessageMedia
  readonly silent?: boolean
  readonly noforwards?: boolean
  /** A message in the writer's own mailbox. */
  readonly replyTo?: number
  readonly forwarded?: tl.RawMessageFwdHeader
}

/** One copy of a message: whose, and under which number there. */
interface Copy {
  readonly account: Account
  readonly id: number
}

/** Who acts, and by which session: it learns from its answer what the others are pushed. */
export interface Actor {
  readonly account: Account
  readonly session: Session | undefined
}

const peer = ({ id }: Account): tl.RawPeerUser => ({ _: 'peerUser', userId: id })

/**
 * Messages between two people. Each has a copy of their own, with its own number; what one may do to both copies
 * (edit, delete for all, reply, read) goes through the bond between them.
 */
export class Posts {
  readonly #world: World
  readonly #bonds = new Map<string, readonly Copy[]>()

  constructor(world: World) {
    this.#world = world
  }

  /** The writer's own new message; the other's is announced. */
  send({ account: from, session }: Actor, to: Account, draft: Draft): tl.RawUpdateNewMessage {
    const mine = this.#put(from, from, to, draft)
    this.#world.announce(from, [mine], session)
    const copies: Copy[] = [{ account: from, id: mine.message.id }]
    if (to !== from) {
      const theirs = this.#put(to, from, from, draft)
      copies.push({ account: to, id: theirs.message.id })
      this.#world.announce(to, [theirs])
    }
    for (const copy of copies) this.#bonds.set(bondKey(copy), copies)
    return mine
  }

  edit({ account, session }: Actor, id: number, change: Pick<tl.RawMessage, 'message' | 'entities'>): Event {
    const message = account.mailbox.get(id)
    if (message?._ !== 'message') throw refuse('messageIdInvalid')
    const own = message.out || peerId(message.peerId) === account.id
    if (!own || message.fwdFrom) throw refuse('messageAuthorRequired')
    const same = (one: unknown, other: unknown) => JSON.stringify(one ?? []) === JSON.stringify(other ?? [])
    if (message.message === change.message && same(message.entities, change.entities)) throw refuse('messageNotModified')
    const editDate = this.#world.now()
    const edits = this.#copies(account, id).map((copy) => {
      const before = copy.account.mailbox.get(copy.id) as tl.RawMessage
      const { entities: _, ...rest } = before
      const event = copy.account.mailbox.replace({ ...rest, ...change, editDate })
      this.#world.announce(copy.account, [event], copy.account === account ? session : undefined)
      return { copy, event }
    })
    return edits.find(({ copy }) => copy.account === account)!.event
  }

  /** Returns the change of the actor's own mailbox. */
  remove({ account, session }: Actor, ids: readonly number[], revoke: boolean): tl.RawUpdateDeleteMessages {
    const others = new Map<Account, number[]>()
    for (const id of revoke ? ids : []) {
      for (const copy of this.#copies(account, id)) {
        if (copy.account !== account) others.set(copy.account, [...(others.get(copy.account) ?? []), copy.id])
      }
    }
    const mine = account.mailbox.remove(ids)
    if (mine.ptsCount > 0) this.#world.announce(account, [mine], session)
    for (const [other, theirs] of others) {
      const event = other.mailbox.remove(theirs)
      if (event.ptsCount > 0) this.#world.announce(other, [event])
    }
    return mine
  }

  /** Marks a chat as read, and tells the other how far. Returns the events of the reader's own mailbox. */
  read({ account, session }: Actor, other: Account, maxId: number): Event | undefined {
    const came = account.mailbox.with(peer(other)).filter(({ id, out }) => out !== true && (maxId === 0 || id <= maxId))
    const last = came.at(-1)
    if (!last) return undefined
    const event = account.mailbox.readTo(peer(other), last.id, 'inbox')
    if (event) this.#world.announce(account, [event], session)
    const theirs = this.#copies(account, last.id).find((copy) => copy.account === other)
    const seen = theirs && other !== account && other.mailbox.readTo(peer(account), theirs.id, 'outbox')
    if (seen) this.#world.announce(other, [seen])
    return event
  }

  /** In a private chat only what one wrote oneself names its sender; for the rest the chat does. */
  #put(owner: Account, from: Account, chat: Account, draft: Draft): tl.RawUpdateNewMessage {
    const out = from === owner && chat !== owner
    const replyToMsgId = draft.replyTo && this.#copyFor(owner, from, draft.replyTo)
    return owner.mailbox.append((id) => ({
      _: 'message',
      id,
      ...(out && { out, fromId: peer(from) }),
      peerId: peer(chat),
      date: this.#world.now(),
      message: draft.text,
      ...(draft.entities && { entities: draft.entities }),
      ...(draft.media && { media: draft.media }),
      ...(draft.silent && { silent: true }),
      ...(draft.noforwards && { noforwards: true }),
      ...(draft.forwarded && { fwdFrom: draft.forwarded }),
      ...(replyToMsgId && { replyTo: { _: 'messageReplyHeader' as const, replyToMsgId } }),
    }))
  }

  #copyFor(owner: Account, writer: Account, id: number): number | undefined {
    return this.#copies(writer, id).find(({ account }) => account === owner)?.id
  }

  #copies(account: Account, id: number): readonly Copy[] {
    const copies = this.#bonds.get(bondKey({ account, id })) ?? [{ account, id }]
    return copies.filter((copy) => copy.account.mailbox.get(copy.id) !== undefined)
  }
}

const bondKey = ({ account, id }: Copy) => `${account.id}:${id}`
const peerId = (of: Message['peerId']) => (of._ === 'peerUser' ? of.userId : undefined)
