import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Handle, Request, Response } from '@chatelaine/sdk'
import { openHttpDoor, type Door, type DoorOptions } from '../http/door.js'
import type { DoorEvent } from '../http/house.js'

export interface Opened {
  readonly door: Door
  readonly seen: Request[]
  readonly events: DoorEvent[]
}

export const answering = (fields: Partial<Response> = {}): Response => ({
  ...{ requestId: 'id', status: 200, data: { a: 1 } },
  ...fields,
})

/** A door on a free port (or where `options` say), and what its handle and its log were told. */
export async function openDoor(
  handle: Handle = async () => answering(),
  options: Partial<DoorOptions> = {},
): Promise<Opened> {
  const seen: Request[] = []
  const events: DoorEvent[] = []
  const door = await openHttpDoor({
    address: { host: '127.0.0.1', port: 0 },
    log: (event) => events.push(event),
    ...options,
    handle(request) {
      seen.push(request)
      return handle(request)
    },
  })
  return { door, seen, events }
}

export interface Got {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** One request over a connection of its own. */
export function ask({ url }: Door, path: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const unix = url.startsWith('unix://')
    const where = unix ? { socketPath: url.slice('unix://'.length), path } : { ...urlParts(url), path }
    const send = url.startsWith('https') ? httpsRequest : httpRequest
    const options = { ...where, method, headers, agent: false, rejectUnauthorized: false }
    const req = send(options, (res) => {
      text(res).then((read) => resolve({ status: res.statusCode ?? 0, headers: res.headers, text: read }), reject)
    })
    req.on('error', reject).end(body)
  })
}

const urlParts = (url: string) => ({ host: new URL(url).hostname, port: new URL(url).port })

export async function dial({ url }: Door): Promise<Socket> {
  const { hostname: host, port } = new URL(url)
  const socket = connect({ port: Number(port), host, noDelay: true, allowHalfOpen: true })
  socket.on('error', () => undefined)
  await new Promise((resolve) => socket.once('connect', resolve))
  return socket
}

/** Sends bytes as they are and resolves with everything that came back by the time the door hung up. */
export async function talk(door: Door, bytes: string | Uint8Array): Promise<string> {
  const socket = await dial(door)
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  return heard(socket)
}

export function heard(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let all = ''
    socket.on('data', (chunk: Buffer) => (all += chunk.toString('latin1')))
    socket.on('end', () => socket.end())
    socket.on('close', () => resolve(all))
  })
}

/** Resolves when what came back so far contains `wanted`. */
export function hears(socket: Socket, wanted: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let all = ''
    socket.on('data', (chunk: Buffer) => {
      all += chunk.toString('latin1')
      if (all.includes(wanted)) resolve()
    })
    socket.on('close', () => reject(new Error(`hung up after: ${all}`)))
  })
}
