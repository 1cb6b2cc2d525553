import { Agent, request } from 'node:http'
import { openHttpDoor } from '@chatelaine/doors'
import type { Handle, Verb } from '@chatelaine/sdk'

export interface Answer {
  readonly status: number
  readonly text: string
}

/** A door on a free port, and a way to ask it what no decent client would: the target goes on the wire as it stands. */
export interface RawDoor {
  ask(verb: Verb, target: string, more?: { readonly token?: string; readonly input?: unknown }): Promise<Answer>
  close(): Promise<void>
}

const methods: Readonly<Record<Verb, string>> = { read: 'GET', list: 'GET', write: 'POST', patch: 'PATCH', delete: 'DELETE' }

export async function openRawDoor(handle: Handle, log: (event: unknown) => void): Promise<RawDoor> {
  const door = await openHttpDoor({ handle, address: { host: '127.0.0.1', port: 0 }, log })
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const { hostname, port } = new URL(door.url)
  return {
    ask: (verb, target, { token, input } = {}) =>
      new Promise((resolve, reject) => {
        const body = input === undefined || (verb !== 'write' && verb !== 'patch') ? undefined : JSON.stringify(input)
        const headers = {
          ...(verb === 'patch' && { 'Content-Type': 'application/merge-patch+json' }),
          ...(token && { 'X-Vault-Token': token }),
          ...(body !== undefined && { 'Content-Length': Buffer.byteLength(body) }),
        }
        const path = `/v1/${target}${verb === 'list' ? '?list=true' : ''}`
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
