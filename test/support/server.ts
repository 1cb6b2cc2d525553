import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { devConfig, foundDevVault, openLog, startServer, type Config, type Server } from '@chatelaine/server'
import { makeCertificates } from './certificates.js'

export const schemes = ['http', 'https'] as const
export type Scheme = (typeof schemes)[number]

/** A server of the test's own, on a port nobody else has. */
export interface TestServer {
  readonly server: Server
  /** What a client is given as VAULT_ADDR. */
  readonly address: string
  /** What a client trusts; undefined over plain HTTP. */
  readonly caFile: string | undefined
  /** A folder that goes when the server goes. */
  readonly folder: string
  close(): Promise<void>
}

export interface TestVault extends TestServer {
  readonly rootToken: string
  readonly unsealKey: string
}

export type Started = Partial<Pick<Parameters<typeof startServer>[0], 'clock'>>

/** Starts a server that nobody has initialized. */
export async function startFresh(scheme: Scheme, { clock }: Started = {}): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'chatelaine-test-'))
  const tls = scheme === 'https' ? await makeCertificates(folder) : undefined
  const config = onRandomPort(tls && { ...tls, minVersion: 'TLSv1.3' })
  const log = openLog({ logLevel: 'error', logFile: join(folder, 'server.log') })
  const server = await startServer({ config, log, ...(clock && { clock }) })
  return {
    server,
    address: server.addresses[0] ?? '',
    caFile: tls?.caFile,
    folder,
    async close() {
      await server.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** Starts a server as `vault server -dev` is: open, with a root token and KV version 2 at `secret/`. */
export async function startVault(scheme: Scheme, started: Started = {}): Promise<TestVault> {
  const fresh = await startFresh(scheme, started)
  const { rootToken, unsealKey } = await foundDevVault(fresh.server.core, {})
  return { ...fresh, rootToken, unsealKey }
}

function onRandomPort(tls: Config['listeners'][number]['tls']): Config {
  const config = devConfig({ address: '127.0.0.1:0' })
  return { ...config, listeners: config.listeners.map((listener) => ({ ...listener, tls })) }
}
