import { Agent, request } from 'node:http'
import type { Question } from '../ask.js'

/**
 * An answer; `unreached` where nobody listened, so that nothing can have been done; `lost` where the connection ended or
 * patience did: then it may have been done, or not.
 */
export type Reply = { readonly status: number; readonly body: Record<string, any> } | 'unreached' | 'lost'

/** One client with one connection of its own, kept open. It asks once and never again. */
export interface Client {
  ask(question: Question): Promise<Reply>
  close(): void
}

/** `where` is looked up at every question, for a server may come back at another port. */
export function openClient(where: () => string, patienceMs = 15_000): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    ask: ({ method, path, token, input }) =>
      new Promise((resolve) => {
        const body = input && JSON.stringify(input)
        const headers = { ...(token !== undefined && { 'X-Vault-Token': token }), ...(body !== undefined && { 'Content-Length': Buffer.byteLength(body) }) }
        const asked = request(`${where()}/v1/${path}`, { agent, method: method ?? (input ? 'POST' : 'GET'), headers, timeout: patienceMs })
        asked.on('response', (answer) => {
          let text = ''
          answer.setEncoding('utf8')
          answer.on('data', (chunk: string) => (text += chunk))
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text === '' ? {} : (JSON.parse(text) as Record<string, any>) }))
          answer.on('error', () => resolve('lost'))
        })
        asked.on('timeout', () => asked.destroy())
        asked.on('error', (error) => resolve('code' in error && error.code === 'ECONNREFUSED' ? 'unreached' : 'lost'))
        asked.end(body)
      }),
    close: () => agent.destroy(),
  }
}
