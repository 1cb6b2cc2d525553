import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Agent, request } from 'node:http'
import { startVault, type TestVault } from '../support/server.js'

export interface Asked {
  readonly method: string
  /** As it goes on the wire, `/v1/` in front. */
  readonly target: string
  readonly token?: string
  readonly body?: string
}

export interface Answered {
  readonly status: number
  readonly text: string
}

/** A vault with everything mounted that this server has, and a way to ask it what no decent client would. */
export interface FuzzHouse extends TestVault {
  ask(asked: Asked): Promise<Answered>
  /** What its log holds of failures. */
  log(): string
}

export async function openFuzzHouse(): Promise<FuzzHouse> {
  const vault = await startVault('http')
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })
  const { hostname, port } = new URL(vault.address)
  const ask = ({ method, target, token, body }: Asked) =>
    new Promise<Answered>((resolve, reject) => {
      const headers = { ...(method === 'PATCH' && { 'Content-Type': 'application/merge-patch+json' }), ...(token && { 'X-Vault-Token': token }), ...(body !== undefined && { 'Content-Length': Buffer.byteLength(body) }) }
      const sent = request({ hostname, port, method, path: target, agent, headers }, (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject)
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }))
      })
      // A request that is never answered is a defect, not a slow test.
      sent.setTimeout(20_000, () => sent.destroy(new Error(`${method} ${target} was not answered`)))
      sent.on('error', reject).end(body)
    })
  const house = { ...vault, ask, log: () => readFileSync(join(vault.folder, 'server.log'), 'utf8') }
  const must = async (target: string, input: object) => {
    const { status, text } = await ask({ method: 'POST', target: `/v1/${target}`, token: vault.rootToken, body: JSON.stringify(input) })
    if (status >= 300) throw new Error(`${target}: ${text}`)
  }
  await must('sys/mounts/plain', { type: 'kv', options: { version: '1' } })
  await must('sys/mounts/deep/er', { type: 'kv', options: { version: '2' } })
  await must('sys/auth/telegram', { type: 'telegram' })
  return { ...house, close: async () => { agent.destroy(); await vault.close() } }
}
