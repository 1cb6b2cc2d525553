import { base62 } from '@chatelaine/crypto'
import type { Core } from '@chatelaine/core'
import { emptyConfig, type Config } from './config/config.js'
import { addressOf } from './config/listener.js'
import { ServerError } from './errors.js'

export interface DevOptions {
  /** The root token; made up when left out. */
  readonly rootToken?: string | undefined
  /** host:port; 127.0.0.1:8200 when left out. */
  readonly address?: string | undefined
  /** Version of the KV engine at `secret/`. */
  readonly kvVersion?: '1' | '2' | undefined
}

export interface DevVault {
  readonly unsealKey: string
  readonly rootToken: string
}

/** A server in memory on one plain address: for trying things, and for tests. */
export function devConfig({ address = '127.0.0.1:8200' }: DevOptions, base: Config = emptyConfig): Config {
  const at = /:\d+$/.test(address) ? address : `${address}:8200`
  const parsed = parseAddress(at)
  const listener = {
    address: parsed, tls: undefined, maxRequestSize: undefined, maxRequestDuration: undefined, requireRequestHeader: false,
  }
  return { ...base, storage: { type: 'inmem' }, seal: undefined, listeners: [listener, ...base.listeners] }
}

function parseAddress(text: string) {
  try {
    return addressOf(text, { name: 'tcp', at: { line: 1, column: 1 } })
  } catch (cause) {
    throw ServerError.usage({ problem: `-dev-listen-address must be host:port, as in 127.0.0.1:8200` }, { cause })
  }
}

/** Initializes and unseals with one key, and mounts KV at `secret/`, as `vault server -dev` does. */
export async function foundDevVault(core: Core, { rootToken, kvVersion = '2' }: DevOptions): Promise<DevVault> {
  const made = await core.initialize({ shares: 1, threshold: 1, rootToken: rootToken ?? `hvs.${base62(24)}` })
  const [key] = made.keys
  if (!key) throw ServerError.usage({ problem: 'a vault in memory was initialized already' })
  const unsealKey = Buffer.from(key).toString('base64')
  await core.submit(key)
  await core.handle({
    verb: 'write',
    path: 'sys/mounts/secret',
    token: made.rootToken,
    input: { type: 'kv', description: 'key/value secret storage', options: { version: kvVersion } },
  })
  return { unsealKey, rootToken: made.rootToken }
}
