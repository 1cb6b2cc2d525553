import { resolveSrv } from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import type { EtcdTls } from '@chatelaine/etcd'
import { openEtcdStorage, type EtcdStorage } from '@chatelaine/storage'
import type { Config, EtcdConfig } from './config/config.js'
import { reasonOf } from './config/files.js'
import { ServerError } from './errors.js'
import type { Logger } from './log.js'

/** Opens the etcd that the configuration names. */
export async function openEtcd(config: EtcdConfig, { production }: Pick<Config, 'production'>, log: Logger): Promise<EtcdStorage> {
  const { username, password } = config
  return openEtcdStorage({
    endpoints: config.endpoints.length > 0 ? config.endpoints : await discovered(config),
    prefix: config.path,
    tls: readEtcdTls(config),
    user: username !== undefined && password !== undefined ? { name: username, password } : undefined,
    requestTimeoutMs: config.requestTimeout,
    lockTtlSeconds: config.lockTimeout === undefined ? undefined : Math.ceil(config.lockTimeout / 1000),
    maxStalenessMs: config.maxStaleness,
    cacheBytes: config.cacheSize,
    production,
    allowVersion: config.allowVersion,
    log: (message, facts = {}) => log.warn({ ...facts }, message),
  })
}

/** The files as they are now: they may have been renewed. */
export const readEtcdTls = ({ caFile, certFile, keyFile, serverName }: EtcdConfig): EtcdTls => ({
  ca: read('CA for etcd', caFile),
  cert: read('certificate for etcd', certFile),
  key: read('private key for etcd', keyFile),
  serverName,
})

function read(what: string, file: string | undefined): Uint8Array | undefined {
  if (file === undefined) return undefined
  try {
    return readFileSync(file)
  } catch (cause) {
    throw ServerError.unreadable({ what, file, reason: reasonOf(cause) }, { cause })
  }
}

/** As etcd's own clients look it up: with TLS first. */
async function discovered({ discoverySrv: domain = '', discoverySrvName: name }: EtcdConfig): Promise<string[]> {
  const suffix = name ? `-${name}` : ''
  const asked = [['https', `_etcd-client-ssl${suffix}._tcp.${domain}`], ['http', `_etcd-client${suffix}._tcp.${domain}`]] as const
  let failure: unknown
  for (const [scheme, record] of asked) {
    try {
      return (await resolveSrv(record)).map(({ name: host, port }) => `${scheme}://${host}:${port}`)
    } catch (error) {
      failure = error
    }
  }
  throw ServerError.noSrv({ domain, reason: reasonOf(failure) }, { cause: failure })
}
