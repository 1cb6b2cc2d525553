import type { tl } from '@mtcute/core'
import { refuse } from '../errors.js'
import type { Methods } from '../rpc/methods.js'
import type { Account } from './accounts.js'
import type { Event } from './mailbox.js'
import type { World } from './world.js'

/** More than this at once comes in slices. */
const MOST_EVENTS = 100

/** What a client missed. https://core.telegram.org/api/updates#recovering-gaps */
export function updateMethods(world: World): Methods {
  return {
    'updates.getState': (call) => stateOf(world, world.caller(call)),

    'updates.getDifference'(call, { pts }) {
      const account = world.caller(call)
      const missed = account.mailbox.since(pts)
      if (missed.length === 0) return { _: 'updates.differenceEmpty', date: world.now(), seq: 0 }
      const events = missed.slice(0, MOST_EVENTS)
      const told = difference(world, account, events)
      const state = { ...stateOf(world, account), pts: events.at(-1)!.pts }
      if (events.length === missed.length) return { _: 'updates.difference', ...told, state }
      return { _: 'updates.differenceSlice', ...told, intermediateState: state }
    },

    'updates.getChannelDifference'(call, { channel, pts }) {
      const account = world.caller(call)
      const box = channel._ === 'inputChannel' ? account.mailbox.channels.get(channel.channelId) : undefined
      if (!box) throw refuse('peerIdInvalid')
      const newMessages = box.since(pts).map(({ message }) => message)
      if (newMessages.length === 0) return { _: 'updates.channelDifferenceEmpty', final: true, pts: box.pts }
      const named = world.people.mentioned(account, newMessages)
      return { _: 'updates.channelDifference', final: true, pts: box.pts, newMessages, otherUpdates: [], ...named }
    },
  }
}

export function stateOf(world: World, { mailbox }: Account): tl.updates.RawState {
  return { _: 'updates.state', pts: mailbox.pts, qts: 0, date: world.now(), seq: 0, unreadCount: 0 }
}

/** New messages go apart from the rest; each event that came after one of them still has its own pts. */
function difference({ people }: World, account: Account, events: readonly Event[]) {
  const newMessages = events.flatMap((event) => (event._ === 'updateNewMessage' ? [event.message] : []))
  const otherUpdates = events.filter((event) => event._ !== 'updateNewMessage')
  return { newMessages, newEncryptedMessages: [], otherUpdates, ...people.mentioned(account, events) }
}
