import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { HttpError } from '../errors.js'
import { teachListVerb } from './list-verb.js'

// Torn where each way of taking a LIST up again is needed: inside the verb, and one request right behind another.
const rest = ' HTTP/1.1\r\nHost: a\r\n\r\n'
const packets = ['LI', 'S', `T /a${rest}LIST /b${rest}`, 'GET /c HTTP/1.0\r\n\r\n']
const expected = ['LIST /a', 'LIST /b', 'GET /c']

/**
 * Proves on a server of its own, in a few milliseconds, that this Node's parser can be taught LIST. Throws
 * `parserUnknown` where Node's internals are not those `teachListVerb` knows: better no door than one that mis-frames.
 */
export async function checkListVerb(): Promise<void> {
  const seen: string[] = []
  const server = createServer((message, answer) => {
    seen.push(`${message.method} ${message.url}`)
    answer.end()
  })
  try {
    teachListVerb(server, (_error, socket) => socket.destroy())
    await converse(server)
  } catch (cause) {
    throw unknown('the self-test broke off', { cause })
  } finally {
    server.close()
    server.closeAllConnections()
  }
  if (seen.join() !== expected.join()) throw unknown('its internals have changed')
}

const unknown = (problem: string, options?: ErrorOptions) =>
  HttpError.parserUnknown({ version: process.versions.node, problem }, options)

async function converse(server: Server): Promise<void> {
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const signal = AbortSignal.timeout(5_000)
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', noDelay: true, signal })
  const answers = text(client)
  answers.catch(() => undefined)
  const socket = await accepted
  let sent = 0
  for (const packet of packets) {
    client.write(packet)
    sent += packet.length
    // Each packet by itself: only then is a verb torn apart for certain.
    while (socket.bytesRead < sent && !socket.destroyed && !signal.aborted) await new Promise(setImmediate)
  }
  await answers
}
