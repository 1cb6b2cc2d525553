import type { tl } from '@mtcute/core'
import { refuse } from '../errors.js'
import type { Call, Methods } from '../rpc/methods.js'
import type { Account } from './accounts.js'
import type { Files } from './files.js'
import type { Actor, Draft, Posts } from './posts.js'
import type { Scheduled } from './scheduled.js'
import type { World } from './world.js'

const LONGEST_TEXT = 4096
const LONGEST_CAPTION = 1024
const MOST_REMEMBERED = 1000

/** What older layers call the message replied to, before it became an object. */
interface OldReply {
  readonly replyToMsgId?: number
}

export interface MessageParts {
  readonly posts: Posts
  readonly files: Files
  readonly scheduled: Scheduled
}

/** Writing, changing and removing messages. https://core.telegram.org/api/messages */
export function messageMethods(world: World, { posts, files, scheduled }: MessageParts): Methods {
  const { people } = world
  const ids = new RandomIds()
  const actor = (call: Call) => ({ account: world.caller(call), session: call.session })
  const put = (by: Actor, to: Account, draft: Draft, { randomId, scheduleDate }: { readonly randomId: tl.Long; readonly scheduleDate?: number }) =>
    confirmation(world, by.account, [[scheduled.waits(scheduleDate) ? scheduled.add(by, to, draft, scheduleDate) : posts.send(by, to, draft), randomId]])

  return {
    'messages.sendMessage'(call, request) {
      const by = actor(call)
      const to = people.peerOf(by.account, request.peer)
      const draft = written({ ...request, message: checked(request.message) })
      return ids.once(by.account, [request.randomId], () => put(by, to, draft, request))
    },

    'messages.sendMedia'(call, request) {
      const by = actor(call)
      const to = people.peerOf(by.account, request.peer)
      return ids.once(by.account, [request.randomId], () => {
        const draft = { ...written({ ...request, message: captioned(request.message) }), media: files.mediaOf(by.account, request.media) }
        return put(by, to, draft, request)
      })
    },

    'messages.forwardMessages'(call, { fromPeer, id, randomId, toPeer, dropAuthor }) {
      const by = actor(call)
      const [from, to] = [people.peerOf(by.account, fromPeer), people.peerOf(by.account, toPeer)]
      if (id.length === 0 || id.length !== randomId.length) throw refuse('randomIdInvalid')
      const drafts = id.map((one) => forwarded(by.account, from, one, dropAuthor ?? false))
      return ids.once(by.account, randomId, () => {
        const updates = drafts.map((draft) => posts.send(by, to, draft))
        return confirmation(world, by.account, updates.map((update, at) => [update, randomId[at]!]))
      })
    },

    'messages.editMessage'(call, { peer, id, message, entities }) {
      const by = actor(call)
      const chat = people.peerOf(by.account, peer)
      const known = by.account.mailbox.get(id)?.peerId
      if (known?._ !== 'peerUser' || known.userId !== chat.id) throw refuse('messageIdInvalid')
      const text = checked(message ?? '')
      return world.updates(by.account, [posts.edit(by, id, { message: text, ...(entities && { entities }) })])
    },

    'messages.deleteMessages'(call, { id, revoke }) {
      const { pts, ptsCount } = posts.remove(actor(call), id, revoke ?? false)
      return { _: 'messages.affectedMessages', pts, ptsCount }
    },

    'messages.readHistory'(call, { peer, maxId }) {
      const by = actor(call)
      const event = posts.read(by, people.peerOf(by.account, peer), maxId)
      return { _: 'messages.affectedMessages', pts: by.account.mailbox.pts, ptsCount: event?.ptsCount ?? 0 }
    },

    'messages.setTyping'(call, { peer, action }) {
      const { account } = actor(call)
      const other = people.peerOf(account, peer)
      if (other !== account) world.announce(other, [{ _: 'updateUserTyping', userId: account.id, action }])
      return true
    },
  }
}

type Written = Pick<tl.messages.RawSendMessageRequest, 'entities' | 'silent' | 'noforwards' | 'replyTo'>

function written(request: Written & OldReply & { readonly message: string }): Draft {
  const { message, entities, silent, noforwards, replyTo, replyToMsgId } = request
  const target = replyTo?._ === 'inputReplyToMessage' ? replyTo.replyToMsgId : replyToMsgId
  return {
    text: message,
    ...(entities && { entities }),
    ...(silent && { silent }),
    ...(noforwards && { noforwards }),
    ...(target && { replyTo: target }),
  }
}

/** Telegram counts characters, of which an emoji is one, and not the two units that JavaScript has for it. */
const characters = (text: string) => (text.length <= LONGEST_CAPTION ? text.length : [...text].length)

function checked(text: string): string {
  if (text.trim() === '') throw refuse('messageEmpty')
  if (characters(text) > LONGEST_TEXT) throw refuse('messageTooLong')
  return text
}

function captioned(text: string): string {
  if (characters(text) > LONGEST_CAPTION) throw refuse('mediaCaptionTooLong')
  return text
}

function forwarded(owner: Account, chat: Account, id: number, dropAuthor: boolean): Draft {
  const message = owner.mailbox.get(id)
  const here = message?._ === 'message' && message.peerId._ === 'peerUser' && message.peerId.userId === chat.id
  if (!here) throw refuse('messageIdInvalid')
  const fromId: tl.TypePeer = { _: 'peerUser', userId: message.out ? owner.id : chat.id }
  const header = message.fwdFrom ?? { _: 'messageFwdHeader', fromId, date: message.date }
  return {
    text: message.message,
    ...(message.entities && { entities: message.entities }),
    ...(message.media && { media: message.media }),
    ...(!dropAuthor && { forwarded: header as tl.RawMessageFwdHeader }),
  }
}

function confirmation(
  world: World,
  account: Account,
  news: readonly (readonly [tl.RawUpdateNewMessage | tl.RawUpdateNewScheduledMessage, tl.Long])[],
): tl.RawUpdates {
  const updates = news.flatMap(([update, randomId]): tl.TypeUpdate[] => [
    { _: 'updateMessageID', id: update.message.id, randomId },
    update,
  ])
  return world.updates(account, updates)
}

/**
 * Which random ids were used. A client that heard no answer and asks again in another session is told that its message was sent
 * already: RANDOM_ID_DUPLICATE. A request that was refused has used none.
 */
class RandomIds {
  readonly #used = new WeakMap<Account, Set<string>>()

  once(account: Account, randomIds: readonly tl.Long[], send: () => tl.RawUpdates): tl.RawUpdates {
    const used = this.#used.get(account) ?? new Set<string>()
    this.#used.set(account, used)
    const names = randomIds.map(String)
    if (names.some((name) => used.has(name)) || new Set(names).size < names.length) throw refuse('randomIdDuplicate')
    const answer = send()
    names.forEach((name) => used.add(name))
    for (const name of used) {
      if (used.size <= MOST_REMEMBERED) break
      used.delete(name)
    }
    return answer
  }
}
