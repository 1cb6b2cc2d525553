import type { tl } from '@mtcute/core'
import type { Methods } from '../rpc/methods.js'
import type { Account } from './accounts.js'
import { peerKey, type Message } from './mailbox.js'
import { stateOf } from './updates.js'
import type { World } from './world.js'

const MOST_DIALOGS = 100

/** The list of chats, newest first. https://core.telegram.org/api/offsets */
export function dialogMethods(world: World): Methods {
  const { people } = world

  const shown = (account: Account, tops: readonly Message[]) => ({
    dialogs: tops.map((top) => dialog(account, top.peerId, top.id)),
    messages: [...tops],
    ...people.mentioned(account, tops),
  })

  return {
    'messages.getDialogs'(call, { offsetDate, offsetId, limit, folderId }) {
      const account = world.caller(call)
      const all = folderId ? [] : newest(account) // 1 is the archive, and nothing is archived here
      const after = all.filter(({ id, date }) => comesAfter({ id, date }, { id: offsetId, date: offsetDate }))
      const page = after.slice(0, Math.min(limit || MOST_DIALOGS, MOST_DIALOGS))
      if (page.length === all.length) return { _: 'messages.dialogs', ...shown(account, page) }
      return { _: 'messages.dialogsSlice', count: all.length, ...shown(account, page) }
    },

    'messages.getPeerDialogs'(call, { peers }) {
      const account = world.caller(call)
      const single = peers.filter((input) => input._ === 'inputDialogPeer')
      const asked = single.map(({ peer }) => people.peerOf(account, peer))
      const all = newest(account)
      const tops = asked.flatMap(({ id }) => all.find(({ peerId }) => peerKey(peerId) === `user ${id}`) ?? [])
      const silent = asked.filter(({ id }) => !tops.some(({ peerId }) => peerKey(peerId) === `user ${id}`))
      const { dialogs, ...rest } = shown(account, tops)
      const empty = silent.map(({ id }) => dialog(account, { _: 'peerUser', userId: id }, 0))
      const answer = { ...rest, ...people.mentioned(account, dialogs, empty), dialogs: [...dialogs, ...empty] }
      return { _: 'messages.peerDialogs', ...answer, state: stateOf(world, account) }
    },

    'messages.getPinnedDialogs'(call) {
      const account = world.caller(call)
      const none = { dialogs: [], messages: [], chats: [], users: [] }
      return { _: 'messages.peerDialogs', ...none, state: stateOf(world, account) }
    },
  }
}

/** The newest message of each chat, newest chat first. */
function newest({ mailbox }: Account): Message[] {
  const tops = new Map<string, Message>()
  for (const message of mailbox.messages) tops.set(peerKey(message.peerId), message)
  return [...tops.values()].sort((a, b) => b.date - a.date || b.id - a.id)
}

interface Place {
  readonly id: number
  readonly date: number
}

/** A page goes on below the date of the last one's end; within one second, below its message. */
function comesAfter(place: Place, offset: Place): boolean {
  if (!offset.date) return !offset.id || place.id < offset.id
  return place.date < offset.date || (place.date === offset.date && place.id < offset.id)
}

function dialog({ mailbox }: Account, peer: tl.TypePeer, topMessage: number): tl.RawDialog {
  return {
    _: 'dialog',
    peer,
    topMessage,
    readInboxMaxId: mailbox.read(peer, 'inbox'),
    readOutboxMaxId: mailbox.read(peer, 'outbox'),
    unreadCount: mailbox.unread(peer),
    unreadMentionsCount: 0,
    unreadReactionsCount: 0,
    unreadPollVotesCount: 0,
    notifySettings: { _: 'peerNotifySettings' },
  }
}
