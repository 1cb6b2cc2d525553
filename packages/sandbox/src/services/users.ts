import type { tl } from '@mtcute/core'
import { refuse } from '../errors.js'
import type { Methods } from '../rpc/methods.js'
import type { Account } from './accounts.js'
import type { World } from './world.js'

/** Looking people up. https://core.telegram.org/api/contacts */
export function userMethods(world: World): Methods {
  const { accounts, people } = world

  const resolved = (viewer: Account, { id }: Account): tl.contacts.RawResolvedPeer => ({
    _: 'contacts.resolvedPeer',
    peer: { _: 'peerUser', userId: id },
    chats: [],
    users: [people.user(viewer, id)],
  })

  return {
    'users.getUsers'(call, { id }) {
      const viewer = world.caller(call)
      return id.map((input) => people.user(viewer, people.userOf(viewer, input).id))
    },

    'users.getFullUser'(call, { id }) {
      const viewer = world.caller(call)
      const { id: userId } = people.userOf(viewer, id)
      const fullUser: tl.RawUserFull = {
        _: 'userFull',
        id: userId,
        settings: { _: 'peerSettings' },
        notifySettings: { _: 'peerNotifySettings' },
        commonChatsCount: 0,
      }
      return { _: 'users.userFull', fullUser, chats: [], users: [people.user(viewer, userId)] }
    },

    'contacts.resolveUsername'(call, { username }) {
      const viewer = world.caller(call)
      const found = accounts.byUsername(username)
      if (!found) throw refuse('usernameNotOccupied')
      return resolved(viewer, found)
    },

    'contacts.resolvePhone'(call, { phone }) {
      const viewer = world.caller(call)
      const found = accounts.byPhone(phone)
      if (!found) throw refuse('phoneNotOccupied')
      return resolved(viewer, found)
    },

    'contacts.getContacts'(call) {
      world.caller(call)
      return { _: 'contacts.contacts', contacts: [], savedCount: 0, users: [] }
    },

    'account.updateStatus'(call) {
      world.caller(call)
      return true
    },
  }
}
