import { Agent, request } from 'node:http'
import { openHttpDoor } from '@chatelaine/doors'
import type { Handle, Verb } from '@chatelaine/sdk'

export interface Answer {
  readonly status: number
  readonly text: string
}

export interface Asked {
  readonly token?: string
  /** What a write or a patch brings. */
  readonly input?: unknown
  /** The same as text, for what no object becomes. */
  readonly body?: string
  /** What stands behind the question mark, where an address that is all it can bring takes something. */
  readonly query?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
}

/** A door on a free port, and a way to ask it what no decent client would: the target goes on the wire as it stands. */
export interface RawDoor {
  ask(verb: Verb, target: string, more?: Asked): Promise<Answer>
  close(): Promise<void>
}

const methods: Readonly<Record<Verb, string>> = { read: 'GET', list: 'GET', write: 'POST', patch: 'PATCH', delete: 'DELETE' }

const inText = (query: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(query).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]))

export async function openRawDoor(handle: Handle, log: (event: unknown) => void): Promise<RawDoor> {
  const door = await openHttpDoor({ handle, address: { host: '127.0.0.1', port: 0 }, log })
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const { hostname, port } = new URL(door.url)
  return {
    ask: (verb, target, { token, input, query = {}, ...more } = {}) =>
      new Promise((resolve, reject) => {
        const body = more.body ?? (input === undefined || (verb !== 'write' && verb !== 'patch') ? undefined : JSON.stringify(input))
        const headers = {
          ...more.headers,
          ...(verb === 'patch' && { 'Content-Type': 'application/merge-patch+json' }),
          ...(token && { 'X-Vault-Token': token }),
          ...(body !== undefined && { 'Content-Length': Buffer.byteLength(body) }),
        }
        const asked = new URLSearchParams({ ...(verb === 'list' && { list: 'true' }), ...inText(query) }).toString()
        const path = `/v1/${target}${asked && `?${asked}`}`
        const sent = request({ hostname, port, agent, method: methods[verb], path, headers }, (answer) => {
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject)
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }))
        })
        sent.on('error', reject).end(body)
      }),
    close: async () => {
      agent.destroy()
      await door.close({ graceMs: 0 })
    },
  }
}
