import type { tl } from '@mtcute/core'
import { refuse } from '../errors.js'
import type { Call, Methods } from '../rpc/methods.js'
import type { Account } from './accounts.js'
import type { Files } from './files.js'
import type { Draft, Posts } from './posts.js'
import type { World } from './world.js'

const LONGEST_TEXT = 4096
const LONGEST_CAPTION = 1024
const MOST_REMEMBERED = 1000

/** What older layers call the message replied to, before it became an object. */
interface OldReply {
  readonly replyToMsgId?: number
}

/** Writing, changing and removing messages. https://core.telegram.org/api/messages */
export function messageMethods(world: World, posts: Posts, files: Files): Methods {
  const { people } = world
  const sent = new SentOnce()
  const actor = (call: Call) => ({ account: world.caller(call), session: call.session })

  return {
    'messages.sendMessage'(call, request) {
      const by = actor(call)
      const to = people.peerOf(by.account, request.peer)
      const draft = written({ ...request, message: checked(request.message) })
      return sent.once(by.account, request.randomId.toString(), () => {
        const update = posts.send(by, to, draft)
        return confirmation(world, by.account, [[update, request.randomId]])
      })
    },

    'messages.sendMedia'(call, request) {
      const by = actor(call)
      const to = people.peerOf(by.account, request.peer)
      return sent.once(by.account, request.randomId.toString(), () => {
        const draft = { ...written({ ...request, message: captioned(request.message) }), media: files.mediaOf(by.account, request.media) }
        return confirmation(world, by.account, [[posts.send(by, to, draft), request.randomId]])
      })
    },

    'messages.forwardMessages'(call, { fromPeer, id, randomId, toPeer, dropAuthor }) {
      const by = actor(call)
      const [from, to] = [people.peerOf(by.account, fromPeer), people.peerOf(by.account, toPeer)]
      if (id.length === 0 || id.length !== randomId.length) throw refuse('randomIdInvalid')
      const drafts = id.map((one) => forwarded(by.account, from, one, dropAuthor ?? false))
      return sent.once(by.account, randomId.join(), () => {
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

function checked(text: string): string {
  if (text.trim() === '') throw refuse('messageEmpty')
  if (text.length > LONGEST_TEXT) throw refuse('messageTooLong')
  return text
}

function captioned(text: string): string {
  if (text.length > LONGEST_CAPTION) throw refuse('mediaCaptionTooLong')
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
  news: readonly (readonly [tl.RawUpdateNewMessage, tl.Long])[],
): tl.RawUpdates {
  const updates = news.flatMap(([update, randomId]): tl.TypeUpdate[] => [
    { _: 'updateMessageID', id: update.message.id, randomId },
    update,
  ])
  return world.updates(account, updates)
}

/** A client that heard no answer asks again with the same random id, and gets the first answer again. */
class SentOnce {
  readonly #answers = new WeakMap<Account, Map<string, tl.RawUpdates>>()

  once(account: Account, randomId: string, send: () => tl.RawUpdates): tl.RawUpdates {
    const answers = this.#answers.get(account) ?? new Map<string, tl.RawUpdates>()
    this.#answers.set(account, answers)
    const answer = answers.get(randomId) ?? send()
    answers.set(randomId, answer)
    if (answers.size > MOST_REMEMBERED) answers.delete(answers.keys().next().value!)
    return answer
  }
}
