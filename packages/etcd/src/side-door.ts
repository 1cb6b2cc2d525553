import { Agent as HttpAgent, get as httpGet, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, get as httpsGet } from 'node:https'
import type { EtcdTls } from './member.js'

/** What a member says over HTTP, at the same port, to any client whose certificate it trusts. */
export interface Overheard {
  readonly version: string
  /** It knows a leader. */
  readonly led: boolean
  /** Why it calls itself unhealthy, in its words, as in "ALARM NOSPACE"; '' when it does not. */
  readonly ailment: string
}

export interface Figures {
  readonly leads: boolean
  readonly dbBytes: number
  readonly dbBytesInUse: number
  readonly quotaBytes: number
  readonly applied: number
}

const timeoutMs = 1000
const largest = 4 << 20

/**
 * gRPC's Status would say all of this and is root's alone, and a Vault's user is to be allowed nothing but its prefix. So this asks
 * what needs no permission: /version, /health and, now and then, /metrics.
 */
export class SideDoor {
  readonly #endpoint: string
  #agent: HttpAgent | HttpsAgent

  constructor(endpoint: string, tls: EtcdTls | undefined) {
    this.#endpoint = endpoint
    this.#agent = agentOf(endpoint, tls)
  }

  async overhear(): Promise<Overheard> {
    // "serializable" spares the question to the others; 3.4 does not know it, and answers all the same.
    const [version, health] = await Promise.all([this.#json('/version'), this.#json('/health?serializable=true')])
    const reason = typeof health['reason'] === 'string' ? health['reason'] : ''
    const well = health['health'] === 'true'
    return { version: String(version['etcdserver'] ?? ''), led: !/NO LEADER/i.test(reason), ailment: well ? '' : reason || 'unhealthy' }
  }

  async figures(): Promise<Figures> {
    const text = await this.#get('/metrics')
    const gauge = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 0)
    return {
      leads: gauge('etcd_server_is_leader') === 1,
      dbBytes: gauge('etcd_mvcc_db_total_size_in_bytes'),
      dbBytesInUse: gauge('etcd_mvcc_db_total_size_in_use_in_bytes'),
      quotaBytes: gauge('etcd_server_quota_backend_bytes'),
      applied: gauge('etcd_server_proposals_applied_total'),
    }
  }

  renew(tls: EtcdTls | undefined): void {
    this.#agent.destroy()
    this.#agent = agentOf(this.#endpoint, tls)
  }

  close(): void {
    this.#agent.destroy()
  }

  /** Also of a status that is no success: an unhealthy member says so with a 503. */
  async #json(path: string): Promise<Readonly<Record<string, unknown>>> {
    const value: unknown = JSON.parse(await this.#get(path))
    return typeof value === 'object' && value !== null ? { ...value } : {}
  }

  #get(path: string): Promise<string> {
    const url = new URL(path, this.#endpoint)
    const options = { agent: this.#agent, timeout: timeoutMs, signal: AbortSignal.timeout(timeoutMs) }
    return new Promise((resolve, reject) => {
      const onAnswer = (answer: IncomingMessage) => {
        let text = ''
        answer.setEncoding('latin1')
        answer.on('data', (chunk: string) => {
          text += chunk
          if (text.length > largest) answer.destroy(new RangeError('too long'))
        })
        answer.on('end', () => resolve(text))
        answer.on('error', reject)
      }
      const request = url.protocol === 'https:' ? httpsGet(url, options, onAnswer) : httpGet(url, options, onAnswer)
      request.on('error', reject)
    })
  }
}

function agentOf(endpoint: string, tls: EtcdTls = {}): HttpAgent | HttpsAgent {
  const kept = { keepAlive: true, maxSockets: 2 }
  if (!endpoint.startsWith('https:')) return new HttpAgent(kept)
  const { ca, cert, key, serverName } = tls
  const pem = (bytes: Uint8Array | undefined) => (bytes ? Buffer.from(bytes) : undefined)
  return new HttpsAgent({ ...kept, ca: pem(ca), cert: pem(cert), key: pem(key), ...(serverName !== undefined && { servername: serverName }) })
}
