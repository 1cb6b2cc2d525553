import type { Socket } from 'node:net'
import type { Log } from '../log.js'
import { recognise, type Opening } from './opening.js'

/** A client that does not read what it asked for is let go before its answers fill memory. */
const MOST_UNREAD = 16 << 20

/** What arrives at one connection, and that it ended. */
export interface Receiver {
  packet(connection: Connection, packet: Uint8Array): void
  closed(connection: Connection): void
}

/**
 * Packets over one TCP stream, in whichever transport its first bytes name. Anything thrown while a packet is handled
 * closes this connection, quietly, and nothing else.
 */
export class Connection {
  readonly #socket: Socket
  readonly #receiver: Receiver
  readonly #log: Log
  #stream: Buffer = Buffer.alloc(0)
  #opening: Opening | undefined
  #deadline: NodeJS.Timeout | undefined
  #silent = false

  constructor(socket: Socket, receiver: Receiver, log: Log) {
    this.#socket = socket.setNoDelay(true)
    this.#receiver = receiver
    this.#log = log
    socket.on('data', (chunk) => this.#arrived(chunk))
    socket.on('error', (error) => log(`connection: ${error.message}`))
    socket.on('close', () => {
      clearTimeout(this.#deadline)
      receiver.closed(this)
    })
  }

  send(packet: Uint8Array): void {
    if (!this.#opening || this.#socket.destroyed || this.#silent) return
    const frame = this.#opening.framing.wrap(packet)
    this.#socket.write(this.#opening.cipher?.outgoing.update(frame) ?? frame)
    if (this.#socket.writableLength > MOST_UNREAD) this.close()
  }

  /** Four bytes, negative. https://core.telegram.org/mtproto/mtproto-transports#transport-errors */
  fail(code: number): void {
    const packet = Buffer.alloc(4)
    packet.writeInt32LE(-code)
    this.send(packet)
  }

  /** Closes unless told again in time. */
  closeAfter(seconds: number): void {
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => this.close(), seconds * 1000).unref()
  }

  /** From now on nothing passes in either direction, and nobody is told: what a router does that has forgotten a connection. */
  silence(): void {
    clearTimeout(this.#deadline)
    this.#silent = true
  }

  close(): void {
    this.#socket.destroy()
  }

  #arrived(chunk: Buffer): void {
    if (this.#socket.destroyed || this.#silent) return
    try {
      const plain = this.#opening?.cipher?.incoming.update(chunk) ?? chunk
      this.#stream = this.#stream.length === 0 ? plain : Buffer.concat([this.#stream, plain])
      this.#open()
      this.#packets()
    } catch (error) {
      this.#log(`connection closed: ${error instanceof Error ? error.message : 'unknown'}`)
      this.close()
    }
  }

  #open(): void {
    if (this.#opening) return
    this.#opening = recognise(this.#stream)
    if (!this.#opening) return
    const rest = this.#stream.subarray(this.#opening.used)
    this.#stream = this.#opening.cipher?.incoming.update(rest) ?? rest
  }

  #packets(): void {
    for (;;) {
      const taken = this.#opening?.framing.take(this.#stream)
      if (!taken || this.#socket.destroyed) return
      this.#stream = this.#stream.subarray(taken.used)
      this.#receiver.packet(this, Uint8Array.from(taken.packet))
    }
  }
}
