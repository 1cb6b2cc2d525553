import type { tl } from '@mtcute/core'
import { refuse } from '../errors.js'
import type { Account, Accounts } from './accounts.js'

/** Who is who, as each account may see it. */
export class People {
  readonly #accounts: Accounts
  readonly #channels = new Map<number, tl.RawChannel>()

  constructor(accounts: Accounts) {
    this.#accounts = accounts
  }

  user(viewer: Account, id: number): tl.RawUser {
    const accessHash = this.#accounts.accessHash(viewer.id, id)
    const account = this.#accounts.byId(id)
    if (!account) return { _: 'user', id, accessHash, firstName: `User ${id}` } // named in a delivered message
    const { firstName, username, phone } = account
    const self = account === viewer
    return {
      _: 'user',
      id,
      accessHash,
      firstName,
      ...(username !== undefined && { username }),
      ...(self && { self, phone }),
      status: { _: 'userStatusRecently' },
    }
  }

  /** The account an InputUser names, if the viewer may name it: itself, or one whose access hash it was given. */
  userOf(viewer: Account, input: tl.TypeInputUser): Account {
    const found = this.#named(viewer, input)
    if (!found) throw refuse('userIdInvalid')
    return found
  }

  peerOf(viewer: Account, input: tl.TypeInputPeer): Account {
    const found = this.#named(viewer, input)
    if (!found) throw refuse('peerIdInvalid')
    return found
  }

  #named(viewer: Account, input: tl.TypeInputUser | tl.TypeInputPeer): Account | undefined {
    if (input._ === 'inputUserSelf' || input._ === 'inputPeerSelf') return viewer
    if (input._ !== 'inputUser' && input._ !== 'inputPeerUser') return undefined
    const known = input.userId === viewer.id || this.#accounts.accessHash(viewer.id, input.userId).eq(input.accessHash)
    return known ? this.#accounts.byId(input.userId) : undefined
  }

  /** Remembers what kind of channel a delivered message came from. */
  noteChannel(id: number, broadcast: boolean, date: number): void {
    const kind = broadcast ? { broadcast } : { megagroup: true }
    this.#channels.set(id, { _: 'channel', id, title: `Channel ${id}`, photo: { _: 'chatPhotoEmpty' }, date, ...kind })
  }

  /** Everybody and every chat named in `things`: whoever gets an update must be able to look them all up. */
  mentioned(viewer: Account, ...things: readonly unknown[]): { users: tl.RawUser[]; chats: tl.TypeChat[] } {
    const ids: Ids = { users: new Set([viewer.id]), chats: new Set(), channels: new Set() }
    collect(things, ids)
    return {
      users: [...ids.users].map((id) => this.user(viewer, id)),
      chats: [...[...ids.chats].map(chat), ...[...ids.channels].map((id) => this.#channel(viewer, id))],
    }
  }

  #channel(viewer: Account, id: number): tl.RawChannel {
    if (!this.#channels.has(id)) this.noteChannel(id, true, 0)
    return { ...this.#channels.get(id)!, accessHash: this.#accounts.accessHash(viewer.id, id) }
  }
}

interface Ids {
  readonly users: Set<number>
  readonly chats: Set<number>
  readonly channels: Set<number>
}

function chat(id: number): tl.RawChat {
  const photo: tl.TypeChatPhoto = { _: 'chatPhotoEmpty' }
  return { _: 'chat', id, title: `Group ${id}`, photo, participantsCount: 2, date: 0, version: 1 }
}

/** TL names the fields alike everywhere: userId, chatId, channelId, wherever an object holds one. */
function collect(thing: unknown, ids: Ids): void {
  if (typeof thing !== 'object' || thing === null || ArrayBuffer.isView(thing)) return
  for (const [name, value] of Object.entries(thing)) {
    if (typeof value === 'object') collect(value, ids)
    else if (typeof value !== 'number') continue
    else if (name === 'userId' || name === 'viaBotId') ids.users.add(value)
    else if (name === 'chatId') ids.chats.add(value)
    else if (name === 'channelId') ids.channels.add(value)
  }
}
