import { join } from 'node:path'
import { emptyConfig, openLog, startServer, type Config, type EtcdConfig, type Server } from '@chatelaine/server'
import { onTestFinished } from 'vitest'
import { ask, mustAsk } from '../robustness/ask.js'
import type { Stage } from './stage.js'

export interface EtcdServer {
  readonly server: Server
  readonly url: string
  readonly config: Config
  readonly logFile: string
}

let count = 0

export const etcdConfig = (stage: Stage, more: Partial<EtcdConfig> = {}): EtcdConfig => {
  const { caFile, certFile, keyFile } = stage.cluster.certificates('chatelaine')
  return {
    type: 'etcd', endpoints: stage.cluster.endpoints, path: stage.prefix(), caFile, certFile, keyFile, serverName: undefined,
    discoverySrv: undefined, discoverySrvName: undefined, username: undefined, password: undefined, requestTimeout: undefined,
    lockTimeout: undefined, maxStaleness: 0, cacheSize: undefined, allowVersion: undefined, ...more,
  }
}

/** A server in this process, on the stage's etcd. Nodes that are given one `storage` are one Vault: they share the key file too. */
export async function startNode(stage: Stage, storage: EtcdConfig = etcdConfig(stage)): Promise<EtcdServer> {
  const logFile = join(stage.folder, `server-${count++}.log`)
  const config: Config = {
    ...emptyConfig,
    storage,
    seal: { type: 'keyfile', path: join(stage.folder, `${storage.path.replaceAll('/', '-')}.key`) },
    listeners: [
      { address: { host: '127.0.0.1', port: 0 }, tls: undefined, maxRequestSize: undefined, maxRequestDuration: undefined, requireRequestHeader: false },
    ],
    logFile,
    logLevel: 'debug',
  }
  const server = await startServer({ config, log: openLog(config) })
  onTestFinished(() => server.close())
  return { server, url: server.addresses[0] ?? '', config, logFile }
}

/** Founds the Vault of `node`, with KV 2 at `secret/`; its root token and recovery share. */
export async function found({ url }: EtcdServer): Promise<{ readonly root: string; readonly share: string }> {
  const { body } = await mustAsk(url, { path: 'sys/init', input: { recovery_shares: 1, recovery_threshold: 1 } })
  const root = body['root_token'] as string
  await mustAsk(url, { path: 'sys/mounts/secret', token: root, input: { type: 'kv', options: { version: '2' } } })
  return { root, share: (body['recovery_keys'] as string[])[0] ?? '' }
}

export { ask, mustAsk }
