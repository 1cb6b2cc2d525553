import type { tl } from '@mtcute/core'
import type { Methods } from '../rpc/methods.js'
import type { Account } from './accounts.js'
import type { Message } from './mailbox.js'
import type { World } from './world.js'

const MOST_MESSAGES = 100

/** Reading what was written. https://core.telegram.org/api/offsets */
export function historyMethods(world: World): Methods {
  const { people } = world

  return {
    'messages.getHistory'(call, request) {
      const account = world.caller(call)
      const chat = people.peerOf(account, request.peer)
      const all = account.mailbox.with({ _: 'peerUser', userId: chat.id }).toReversed()
      const page = slice(all, request)
      const rest = { ...people.mentioned(account, page, { userId: chat.id }), topics: [] }
      if (page.length === all.length) return { _: 'messages.messages', messages: page, ...rest }
      return { _: 'messages.messagesSlice', count: all.length, messages: page, ...rest }
    },

    'messages.getMessages'(call, { id }) {
      const account = world.caller(call)
      const messages = id.map((input) => lookUp(account, input))
      return { _: 'messages.messages', messages, ...people.mentioned(account, messages), topics: [] }
    },
  }
}

type Offsets = Pick<
  tl.messages.RawGetHistoryRequest,
  'offsetId' | 'offsetDate' | 'addOffset' | 'limit' | 'minId' | 'maxId'
>

/** Newest first: from the offset, moved by addOffset (back towards newer ones when negative), as many as asked. */
function slice(all: readonly Message[], { offsetId, offsetDate, addOffset, limit, minId, maxId }: Offsets): Message[] {
  // A number is exact where a date is not, so a client that gives both means the number.
  const older = ({ id, date }: Message) => (offsetId ? id < offsetId : !offsetDate || date < offsetDate)
  const found = all.findIndex(older)
  const first = (found === -1 ? all.length : found) + addOffset
  const last = first + Math.min(limit || MOST_MESSAGES, MOST_MESSAGES)
  const page = all.slice(Math.max(first, 0), Math.max(last, 0))
  return page.filter(({ id }) => (!maxId || id < maxId) && (!minId || id > minId))
}

function lookUp({ mailbox }: Account, input: tl.TypeInputMessage): Message | tl.RawMessageEmpty {
  const id = input._ === 'inputMessageID' || input._ === 'inputMessageReplyTo' ? input.id : 0
  const asked = mailbox.get(id)
  if (input._ !== 'inputMessageReplyTo') return asked ?? { _: 'messageEmpty', id }
  const target = asked?.replyTo?._ === 'messageReplyHeader' ? (asked.replyTo.replyToMsgId ?? 0) : 0
  return mailbox.get(target) ?? { _: 'messageEmpty', id: target }
}
