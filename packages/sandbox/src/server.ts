import { createServer, type AddressInfo, type Server } from 'node:net'
import { seconds, type Clock } from './clock.js'
import type { ServerKey } from './crypto/rsa.js'
import { Exchange } from './exchange/exchange.js'
import { openPlain, sealPlain } from './exchange/plain.js'
import { Malformed } from './errors.js'
import type { Log } from './log.js'
import type { KeyRing, KnownKey } from './session/keys.js'
import { MessageIds } from './session/message-ids.js'
import { receive } from './session/receive.js'
import type { Ground, Upstairs } from './session/ground.js'
import type { Session } from './session/session.js'
import { Sessions } from './session/sessions.js'
import type { Schema } from './tl/schema.js'
import { Connection } from './transport/connection.js'

export interface Layers {
  readonly schema: Schema
  readonly serverKey: ServerKey
  readonly keys: KeyRing
  readonly clock: Clock
  readonly log: Log
  readonly upstairs: Upstairs
}

/** Nobody makes a key twice on one connection, but a client with PFS makes two keys, and renews one every day. */
const UNKNOWN_KEY = 404

/** The lower layers, joined: sockets, key exchange, sessions. What requests mean, it does not know. */
export class MtprotoServer {
  readonly #layers: Layers
  readonly #ground: Ground
  readonly #connections = new Map<Connection, Exchange>()
  readonly #server: Server

  constructor(layers: Layers) {
    this.#layers = layers
    const { schema, clock, log, upstairs } = layers
    const ids = new MessageIds(clock)
    const destroyKey = (key: KnownKey) => this.#forget(key)
    this.#ground = { schema, clock, log, ids, sessions: new Sessions(), ...upstairs, destroyKey }
    this.#server = createServer((socket) => {
      const receiver = { packet: this.#packet.bind(this), closed: this.#closed.bind(this) }
      this.#connections.set(new Connection(socket, receiver, log), new Exchange(layers))
    })
  }

  async listen(port: number, host: string): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(port, host, resolve)
    })
    return (this.#server.address() as AddressInfo).port
  }

  /** To every listening session of an account but one. One that is away gets it over its next connection. */
  push(userId: number, update: { readonly _: string }, except: Session | undefined): void {
    for (const session of this.#ground.sessions) {
      const { userId: owner, layer } = session.key.authorization
      if (owner === userId && session.wantsUpdates && session !== except) this.#send(session, update, layer)
    }
  }

  dropConnections(): void {
    for (const connection of this.#connections.keys()) connection.close()
  }

  /** Those of one user, or all there are. */
  silenceConnections(userId: number | undefined): void {
    for (const { key, connection } of this.#ground.sessions) {
      if (userId === undefined || key.authorization.userId === userId) connection?.silence()
    }
  }

  changeSalts(): void {
    for (const key of this.#layers.keys) key.salts.replace(seconds(this.#layers.clock))
  }

  forgetKeys(): void {
    for (const key of this.#layers.keys) this.#forget(key)
  }

  async close(): Promise<void> {
    this.dropConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** An object a client's layer cannot express concerns that client alone. */
  #send(session: Session, update: { readonly _: string }, layer: number): void {
    try {
      session.send(this.#layers.schema.write(update, layer), 'notice')
    } catch (error) {
      this.#layers.log(`update for layer ${layer}: ${String(error)}`)
    }
  }

  #packet(connection: Connection, packet: Uint8Array): void {
    if (packet.length < 24) throw new Malformed('packet too short')
    const id = new DataView(packet.buffer, packet.byteOffset).getBigUint64(0, true)
    if (id === 0n) return this.#exchange(connection, packet)
    const key = this.#layers.keys.get(id)
    if (key) receive(this.#ground, key, connection, packet)
    else connection.fail(UNKNOWN_KEY)
  }

  #exchange(connection: Connection, packet: Uint8Array): void {
    const answer = this.#connections.get(connection)?.answer(openPlain(packet))
    if (answer) connection.send(sealPlain(this.#ground.ids.next('answer'), answer))
  }

  #closed(connection: Connection): void {
    this.#connections.delete(connection)
    for (const session of this.#ground.sessions) {
      if (session.connection === connection) session.connection = undefined
    }
  }

  #forget(key: KnownKey): void {
    this.#ground.sessions.forget(key)
    this.#layers.keys.remove(key.id)
  }
}
