import { request as overTls } from 'node:https'
import { request as overTcp } from 'node:http'
import type { EtcdTls } from '@chatelaine/etcd'

/** What a member says of itself. */
export interface Facts {
  readonly id: string | undefined
  readonly version: string | undefined
  readonly leads: boolean
  readonly led: boolean
  readonly learns: boolean
  /** The entry up to which most have agreed, and the one up to which it has done what they say. */
  readonly committed: number
  readonly applied: number
  readonly dbSize: number
  readonly dbSizeInUse: number
}

/**
 * Read from its /metrics: since 3.5.28 only root may ask for the status over gRPC, and an operator who looks should not have to
 * be root. Any certificate of the CA may read them, in every version.
 */
export async function factsAt(endpoint: string, tls: EtcdTls, timeoutMs: number): Promise<Facts> {
  const metrics = parsed(await got(new URL('/metrics', endpoint), tls, timeoutMs))
  const value = (name: string) => metrics.get(name)?.value ?? 0
  return {
    id: metrics.get('etcd_server_id')?.labels['server_id'],
    version: metrics.get('etcd_server_version')?.labels['server_version'],
    leads: value('etcd_server_is_leader') === 1,
    led: value('etcd_server_has_leader') === 1,
    learns: value('etcd_server_is_learner') === 1,
    committed: value('etcd_server_proposals_committed_total'),
    applied: value('etcd_server_proposals_applied_total'),
    dbSize: value('etcd_mvcc_db_total_size_in_bytes'),
    dbSizeInUse: value('etcd_mvcc_db_total_size_in_use_in_bytes'),
  }
}

function got(url: URL, { ca, cert, key, serverName }: EtcdTls, timeoutMs: number): Promise<string> {
  const pem = (bytes: Uint8Array | undefined) => (bytes ? Buffer.from(bytes) : undefined)
  const options = { ca: pem(ca), cert: pem(cert), key: pem(key), ...(serverName === undefined ? {} : { servername: serverName }), agent: false, signal: AbortSignal.timeout(timeoutMs) }
  const request = url.protocol === 'https:' ? overTls : overTcp
  return new Promise((resolve, reject) => {
    request(url, options, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.once('error', reject)
      answer.once('end', () => (answer.statusCode === 200 ? resolve(Buffer.concat(chunks).toString()) : reject(new Error(`status ${answer.statusCode}`))))
    })
      .once('error', reject)
      .end()
  })
}

interface Metric {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Prometheus' text, of names that stand there once. */
function parsed(text: string): Map<string, Metric> {
  const found = new Map<string, Metric>()
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = /^(etcd_\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    if (name !== undefined) found.set(name, { labels: Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, held]) => [key, held])), value: Number(value) })
  }
  return found
}
