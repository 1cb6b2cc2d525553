import type { Account } from './accounts.js'
import type { Message } from './mailbox.js'
import type { World } from './world.js'

/**
 * Puts any message into one account's box as if Telegram had sent it: a channel post, an anonymous sender, an old
 * date, a forward. Private chats and groups give it a number; a channel's keeps its own, if it has one.
 */
export function deliver(world: World, account: Account, message: Message): Message {
  const { peerId } = message
  if (peerId._ !== 'peerChannel') {
    const update = account.mailbox.append((id) => ({ ...message, id }))
    world.announce(account, [update])
    return update.message as Message
  }
  world.people.noteChannel(peerId.channelId, message.post ?? false, message.date)
  const update = account.mailbox.channel(peerId.channelId).append(message)
  world.announce(account, [update])
  return update.message as Message
}
