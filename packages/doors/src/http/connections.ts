import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { HttpError } from '../errors.js'
import { Exchange, type Client } from './exchange.js'
import type { House } from './house.js'
import { refusalOf, refuse } from './refusal.js'
import { teachListVerb } from './list-verb.js'

/** One client's connection: who it is, and what it waits for, the first of which is being worked on. */
interface Connection extends Client {
  readonly socket: Socket
  readonly waiting: Exchange[]
}

/** How many requests a client may send ahead of their answers. */
const maxWaiting = 256

export interface Connections {
  /** Closes what serves nobody. */
  cutIdle(): void
  cutAll(): void
}

/** Runs an exchange for every request on the server's connections, and tells them what befalls their connection. */
export function serveConnections(server: Server, house: House): Connections {
  const sockets = new Set<Socket>()
  const connections = new WeakMap<Socket, Connection>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('setSecureContext' in server ? 'secureConnection' : 'connection', (socket: Socket) => {
    connections.set(socket, greet(socket))
  })
  const begin = (message: IncomingMessage, res: ServerResponse) => {
    const connection = connections.get(message.socket)
    if (connection) void enqueue(house, connection, new Exchange(house, connection, message, res))
  }
  // An expectation nobody knows is no reason to do less than was asked.
  server.on('request', begin).on('checkExpectation', begin)
  server.on('connect', (_message, socket: Socket) => refuse(socket, HttpError.methodNotAllowed()))
  server.on('tlsClientError', ({ code = 'TLS' }: NodeJS.ErrnoException, socket: Socket) =>
    house.log({ kind: 'refused', code, address: socket.remoteAddress }),
  )
  teachListVerb(server, (error, socket) => {
    const refusal = refusalOf(error)
    if (!refusal) return socket.destroy()
    house.log({ kind: 'refused', code: error.code ?? refusal.code, address: socket.remoteAddress })
    const receiving = connections.get(socket)?.waiting.find((exchange) => exchange.receiving)
    if (receiving) receiving.breakOff(refusal)
    else refuse(socket, refusal)
  })
  return {
    cutIdle() {
      server.closeIdleConnections()
      // Node counts a connection that has said nothing yet among the busy ones.
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
    },
    cutAll() {
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** A client that ends its side is taken to be gone, as in Go's server, though it may only have finished asking. */
function greet(socket: Socket): Connection {
  const { remoteAddress: address, remotePort: port } = socket
  const remote = address === undefined || port === undefined ? undefined : { address, port }
  const leaving = new AbortController()
  const leave = () => leaving.abort(HttpError.clientGone())
  socket.on('end', leave).on('close', leave)
  return { socket, remote, leaving, waiting: [] }
}

/**
 * Works on a connection's requests one after another. Node hands over pipelined ones all at once, but a read
 * behind a write must see it.
 */
async function enqueue(house: House, { socket, waiting }: Connection, exchange: Exchange): Promise<void> {
  if (waiting.push(exchange) > maxWaiting) socket.destroy()
  if (waiting.length > 1) return
  for (let next: Exchange | undefined = exchange; next && !socket.destroyed; next = waiting[0]) {
    try {
      await next.run()
    } catch (error) {
      house.log({ kind: 'bug', error })
      socket.destroy()
    }
    waiting.shift()
  }
}
