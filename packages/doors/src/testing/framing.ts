import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'

/** What a server made of a connection's bytes: every message, and `refused` where the parser gave up. */
export type Frames = readonly string[]

export interface Recorder {
  /** Sends the packets over one connection, each by itself, and tells what the server made of them. */
  frames(packets: readonly Uint8Array[]): Promise<Frames>
  close(): void
}

type Tls = { readonly cert: string; readonly key: string }

/**
 * A server that writes down what its parser makes of a connection and never answers, so that no answer's timing can
 * change what is parsed. `prepare` makes it the server under test, or leaves it plain, and says how refusals are heard of.
 */
export async function openRecorder(
  prepare: (server: Server, refused: (socket: Socket) => void) => void,
  tls?: Tls,
): Promise<Recorder> {
  const records = new Map<Socket, { lines: string[]; bodies: string[] }>()
  const server = tls ? createSecureServer(tls) : createServer()
  const arrivals: ((socket: Socket) => void)[] = []
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    records.set(socket, { lines: [], bodies: [] })
    socket.on('error', () => undefined)
    arrivals.shift()?.(socket)
  })
  server.on('request', (message: IncomingMessage) => {
    const record = records.get(message.socket)
    if (!record) return
    const at = record.lines.push(`${message.method} ${message.url} ${message.rawHeaders.join('|')}`) - 1
    record.bodies[at] = ''
    message.on('data', (chunk: Buffer) => (record.bodies[at] += chunk.toString('latin1')))
    message.on('end', () => (record.bodies[at] += '<end>'))
    message.on('error', () => undefined)
  })
  prepare(server, (socket) => records.get(socket)?.lines.push('refused'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    async frames(packets) {
      const accepted = new Promise<Socket>((resolve) => arrivals.push(resolve))
      const address = { port, host: '127.0.0.1' }
      const client = tls ? connectSecurely({ ...address, rejectUnauthorized: false }) : connect(address)
      client.setNoDelay(true).on('error', () => undefined)
      const socket = await accepted
      let sent = 0
      for (const packet of packets) {
        client.write(packet)
        sent += packet.length
        while (socket.bytesRead < sent && !socket.destroyed) await new Promise(setImmediate)
      }
      // A body's `end` is told a tick after its last byte.
      for (let i = 0; i < 4; i++) await new Promise(setImmediate)
      const { lines, bodies } = records.get(socket) ?? { lines: [], bodies: [] }
      records.delete(socket)
      client.destroy()
      socket.destroy()
      return lines.map((line, i) => `${line} ${bodies[i] ?? ''}`)
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
