import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { bindingIge, igeDecrypt, igeEncrypt, messageIge, messageKey } from '../crypto/ige.js'
import { sha1 } from '../crypto/bytes.js'
import { openPlain, sealPlain } from '../exchange/plain.js'
import type { Sandbox } from '../index.js'
import { unpack } from '../session/container.js'
import { toLong } from '../tl/long.js'
import { Schema } from '../tl/schema.js'
import { abridged } from '../transport/abridged.js'
import { ExchangeClient, made, type Made, type Manner, type Loose } from './exchange-client.js'

const schema = new Schema()

/** What the server said: a TL object, or for an answer the object within and the request it is for. */
export interface Heard {
  readonly id: bigint
  readonly seqno: number
  readonly object: Loose
  readonly answerTo?: bigint
}

/** What a message is to differ in from what an honest client would send. */
export interface Odd {
  readonly id?: bigint
  readonly seqno?: number
  readonly salt?: bigint
}

/** What a binding proof says; its message key is the hash of it, unless a test says otherwise. */
export interface BindingClaim {
  readonly nonce: bigint
  readonly expiresAt: number
  readonly messageKey?: Uint8Array
}

/** A client that says exactly what a test tells it to, one message at a time, in one session. */
export class RawClient {
  readonly key: Made
  readonly sessionId: bigint
  readonly #link: Link
  #salt: bigint
  #seqno = 0
  #lastId = 0n

  private constructor(link: Link, key: Made, sessionId: bigint) {
    this.#link = link
    this.key = key
    this.#salt = key.salt
    this.sessionId = sessionId
  }

  static async dial(sandbox: Sandbox, manner?: Manner): Promise<RawClient> {
    const link = await Link.to(sandbox)
    const ask = (body: Uint8Array) => {
      link.send(sealPlain(0n, body))
      return link.next().then(openPlain)
    }
    const key = await new ExchangeClient(schema, sandbox.publicKeyPem, ask, manner).run()
    if (!made(key)) throw new Error(key._)
    return new RawClient(link, key, randomBytes(8).readBigUInt64LE())
  }

  /** The same session over another connection, or the same key in another session. */
  async again(sandbox: Sandbox, { sessionId = this.sessionId } = {}): Promise<RawClient> {
    const client = new RawClient(await Link.to(sandbox), this.key, sessionId)
    client.#seqno = this.#seqno
    client.#lastId = this.#lastId
    return client
  }

  nextId(): bigint {
    const now = ((BigInt(Date.now()) << 32n) / 1000n) & ~3n
    this.#lastId = now > this.#lastId ? now : this.#lastId + 4n
    return this.#lastId
  }

  /** Sends one object and returns the message's id. */
  send(object: Loose, odd: Odd = {}): bigint {
    return this.sendBody(schema.write(object), odd)
  }

  sendBody(body: Uint8Array, odd: Odd = {}): bigint {
    const { id = this.nextId(), seqno = this.#seqno++ * 2 + 1, salt = this.#salt } = odd
    this.#link.send(this.#seal({ id, seqno, body }, salt))
    return id
  }

  sendRaw(packet: Uint8Array): void {
    this.#link.send(packet)
  }

  sealed(object: Loose): Uint8Array {
    return this.#seal({ id: this.nextId(), seqno: this.#seqno++ * 2 + 1, body: schema.write(object) }, this.#salt)
  }

  /** All that comes, containers unpacked, until one is as asked; that one. */
  async hear(wanted: (heard: Heard) => boolean): Promise<Heard> {
    for (;;) {
      const found = (await this.#packet()).find(wanted)
      if (found) return found
    }
  }

  hearA(name: string): Promise<Heard> {
    return this.hear(({ object }) => object._ === name)
  }

  async ask(object: Loose): Promise<Heard['object']> {
    const id = this.send(object)
    return (await this.hear(({ answerTo }) => answerTo === id)).object
  }

  /** The proof that auth.bindTempAuthKey asks for, that `temporary` may act for this client's key. */
  bindingProof(temporary: RawClient, messageId: bigint, inner: BindingClaim): Uint8Array {
    const body = schema.write({
      _: 'mt_bind_auth_key_inner',
      nonce: toLong(inner.nonce),
      tempAuthKeyId: toLong(temporary.key.id),
      permAuthKeyId: toLong(this.key.id),
      tempSessionId: toLong(temporary.sessionId),
      expiresAt: inner.expiresAt,
    })
    const head = Buffer.concat([randomBytes(16), words(messageId), Buffer.alloc(8)])
    head.writeUInt32LE(body.length, 28)
    const plain = Buffer.concat([head, body])
    const key = inner.messageKey ?? sha1(plain).subarray(4)
    const sealed = igeEncrypt(bindingIge(this.key.secret, key), Buffer.concat([plain, randomBytes(-plain.length & 15)]))
    return Buffer.concat([words(this.key.id), key, sealed])
  }

  get closed(): Promise<void> {
    return this.#link.closed
  }

  close(): void {
    this.#link.close()
  }

  #seal({ id, seqno, body }: { id: bigint; seqno: number; body: Uint8Array }, salt: bigint): Uint8Array {
    const head = Buffer.concat([words(salt), words(this.sessionId), words(id), Buffer.alloc(8)])
    head.writeUInt32LE(seqno, 24)
    head.writeUInt32LE(body.length, 28)
    const length = head.length + body.length + 12
    const plain = Buffer.concat([head, body, randomBytes(12 + (-length & 15))])
    const key = messageKey(this.key.secret, plain, 'fromClient')
    return Buffer.concat([words(this.key.id), key, igeEncrypt(messageIge(this.key.secret, key, 'fromClient'), plain)])
  }

  async #packet(): Promise<readonly Heard[]> {
    const packet = Buffer.from(await this.#link.next())
    if (packet.length === 4) throw new Error(`transport error ${packet.readInt32LE()}`)
    const plain = igeDecrypt(messageIge(this.key.secret, packet.subarray(8, 24), 'fromServer'), packet.subarray(24))
    const body = plain.subarray(32, 32 + plain.readUInt32LE(28))
    return unpack({ id: plain.readBigUInt64LE(16), seqno: plain.readUInt32LE(24), body }).map(understood)
  }
}

function understood({ id, seqno, body }: { id: bigint; seqno: number; body: Uint8Array }): Heard {
  const bytes = Buffer.from(body)
  if (bytes.readUInt32LE(0) !== 0xf35c6d01) return { id, seqno, object: schema.object(bytes) as Heard['object'] }
  const { value } = schema.read(bytes.subarray(12))
  const object = (typeof value === 'object' ? value : { _: String(value) }) as Heard['object']
  return { id, seqno, object, answerTo: bytes.readBigUInt64LE(4) }
}

function words(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return bytes
}

/** Packets over TCP, abridged. */
class Link {
  readonly closed: Promise<void>
  readonly #socket: Socket
  readonly #framing = abridged()
  readonly #packets: Uint8Array[] = []
  readonly #waiting: { resolve(packet: Uint8Array): void; reject(error: Error): void }[] = []
  #stream: Buffer = Buffer.alloc(0)

  private constructor(socket: Socket) {
    this.#socket = socket
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()))
    void this.closed.then(() => this.#waiting.forEach(({ reject }) => reject(new Error('closed'))))
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => this.#arrived(chunk))
    socket.write(Buffer.from([0xef]))
  }

  static to({ host, port }: Sandbox): Promise<Link> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, host, () => resolve(new Link(socket))).once('error', reject)
    })
  }

  send(packet: Uint8Array): void {
    this.#socket.write(this.#framing.wrap(packet))
  }

  next(): Promise<Uint8Array> {
    const packet = this.#packets.shift()
    if (packet) return Promise.resolve(packet)
    if (this.#socket.destroyed) return Promise.reject(new Error('closed'))
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  close(): void {
    this.#socket.destroy()
  }

  #arrived(chunk: Buffer): void {
    this.#stream = Buffer.concat([this.#stream, chunk])
    for (let taken = this.#framing.take(this.#stream); taken; taken = this.#framing.take(this.#stream)) {
      this.#stream = this.#stream.subarray(taken.used)
      const waiting = this.#waiting.shift()
      if (waiting) waiting.resolve(Uint8Array.from(taken.packet))
      else this.#packets.push(Uint8Array.from(taken.packet))
    }
  }
}
