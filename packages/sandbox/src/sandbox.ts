import type { tl } from '@mtcute/core'
import type { Clock } from './clock.js'
import { makeServerKey } from './crypto/rsa.js'
import type { Log } from './log.js'
import { Floods, type Flood, type Refused } from './rpc/floods.js'
import type { Methods } from './rpc/methods.js'
import { router } from './rpc/router.js'
import { MtprotoServer } from './server.js'
import type { NewAccount } from './services/accounts.js'
import { Codes } from './services/codes.js'
import { deliver } from './services/deliver.js'
import { dialogMethods } from './services/dialogs.js'
import { fileMethods, Files } from './services/files.js'
import { helpMethods } from './services/help.js'
import { historyMethods } from './services/history.js'
import { loginMethods } from './services/login.js'
import type { Message } from './services/mailbox.js'
import { messageMethods } from './services/messages.js'
import { Posts } from './services/posts.js'
import { Scheduled, scheduledMethods } from './services/scheduled.js'
import { updateMethods } from './services/updates.js'
import { userMethods } from './services/users.js'
import { World } from './services/world.js'
import { bindTemporaryKey } from './session/bind.js'
import { KeyRing } from './session/keys.js'
import { Schema } from './tl/schema.js'

export interface SandboxOptions {
  readonly host?: string
  /** 0, the default, takes any free one. */
  readonly port?: number
  readonly now?: Clock
  readonly log?: Log
}

/** Somebody who can log in. */
export interface Account {
  readonly id: number
  readonly phone: string
}

/** A Telegram of one's own: everything a client needs, on one port, and nothing that is real. */
export interface Sandbox {
  readonly host: string
  readonly port: number
  /** PKCS#1: what a client must trust, see `trust`. */
  readonly publicKeyPem: string
  addUser(account: NewAccount): Account
  /** The newest login code for a telephone number that was not used yet; waits for one if need be. */
  codeFor(phone: string): Promise<string>
  floodNext(flood: Flood): void
  /** As floodNext, with any error: a ban, a limit, a session that was ended elsewhere. */
  refuseNext(refused: Refused): void
  /** Puts any message into a user's box, from whomever it says it is. Returns it with its number. */
  deliver(userId: number, message: tl.RawMessage | tl.RawMessageService): Message
  /** A user's private messages, oldest first, as that user sees them; then those of channels. */
  messagesOf(userId: number): readonly Message[]
  /** Teaches the server another client's layer, by its TL text. */
  addLayer(layer: number, tlText: string): void
  dropConnections(): void
  /** Connections that are open now carry nothing any more, without being closed; of one user, or all. */
  silenceConnections(userId?: number): void
  /** Every client must make a new key and log in again. */
  forgetKeys(): void
  changeSalts(): void
  readonly unknownMethods: ReadonlySet<string>
  /** Layers of clients that were turned away, because `addLayer` was not told of them. */
  readonly unknownLayers: ReadonlySet<number>
  close(): Promise<void>
}

/** Starts a Telegram sandbox. Whoever starts it closes it. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { host = '127.0.0.1', now: clock = () => new Date(), log = () => undefined } = options
  const schema = new Schema()
  const keys = new KeyRing(clock, schema.layer)
  const [floods, codes, unknownMethods] = [new Floods(), new Codes(), new Set<string>()]
  const unknownLayers = new Set<number>()
  const world = new World(clock, (userId, updates, except) => server.push(userId, updates, except))
  const address = { host, port: 0 }
  const posts = new Posts(world)
  const scheduled = new Scheduled(world, posts)
  const methods = offer({ world, codes, address: () => address, schema, keys, posts, scheduled })
  const upstairs = router({ schema, methods, floods, unknownMethods, unknownLayers, log })
  const serverKey = makeServerKey()
  const server = new MtprotoServer({ schema, serverKey, keys, clock, log, upstairs })
  address.port = await server.listen(options.port ?? 0, host)

  const existing = (userId: number) => {
    const account = world.accounts.byId(userId)
    if (!account) throw new TypeError(`there is no user ${userId}`)
    return account
  }

  return {
    ...address,
    publicKeyPem: serverKey.publicKeyPem,
    unknownMethods,
    unknownLayers,
    addUser: (account) => world.accounts.add(account),
    codeFor: (phone) => codes.codeFor(phone),
    floodNext: (flood) => floods.next(flood),
    refuseNext: (refused) => floods.refuse(refused),
    deliver: (userId, message) => deliver(world, existing(userId), message),
    messagesOf: (userId) => existing(userId).mailbox.all,
    addLayer: (layer, tlText) => schema.addLayer(layer, tlText),
    dropConnections: () => server.dropConnections(),
    silenceConnections: (userId) => server.silenceConnections(userId),
    forgetKeys: () => server.forgetKeys(),
    changeSalts: () => server.changeSalts(),
    close: () => {
      scheduled.close()
      return server.close()
    },
  }
}

interface Offering {
  readonly world: World
  readonly codes: Codes
  readonly address: () => { host: string; port: number }
  readonly schema: Schema
  readonly keys: KeyRing
  readonly posts: Posts
  readonly scheduled: Scheduled
}

function offer({ world, codes, address, schema, keys, posts, scheduled }: Offering): Methods {
  const files = new Files(world)
  return {
    ...helpMethods(world, address),
    ...loginMethods(world, codes),
    ...userMethods(world),
    ...messageMethods(world, { posts, files, scheduled }),
    ...scheduledMethods(world, scheduled),
    ...fileMethods(world, files),
    ...historyMethods(world),
    ...dialogMethods(world),
    ...updateMethods(world),
    'auth.bindTempAuthKey': (call, request) => bindTemporaryKey({ schema, keys }, call, request),
  }
}
