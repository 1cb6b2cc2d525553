import { rmSync } from 'node:fs'
import type { Config, ListenerConfig } from './config/config.js'
import { foundDevVault, type DevOptions, type DevVault } from './dev.js'
import { ServerError } from './errors.js'
import { openLog, type Logger } from './log.js'
import { writeOwn } from './own-file.js'
import { startServer, type Server } from './server.js'
import { build, vaultVersion } from './version.js'

export interface RunOptions {
  readonly config: Config
  /** Found a vault in memory and say how to reach it. */
  readonly dev?: DevOptions | undefined
  /** Told the root token of a development vault, so that commands need no login. */
  readonly onDev?: ((vault: DevVault) => void) | undefined
}

/** What a program has around it. */
export interface Surroundings {
  print(text: string): void
  /** Calls back on SIGINT and SIGTERM (`stop`) and SIGHUP (`reload`), until the returned function is called. */
  onSignal(handlers: { readonly stop: () => void; readonly reload: () => void }): () => void
}

/** Runs a server until it is told to stop. Resolves once everything is closed. */
export async function runServer({ config, dev, onDev }: RunOptions, around: Surroundings): Promise<void> {
  if (config.listeners.length === 0) throw ServerError.noListener()
  const log = openLog(config)
  for (const warning of config.warnings) log.warn(warning)
  const server = await startServer({ config, log })
  const removePidFile = await writePidFile(config.pidFile).catch(async (error: unknown) => {
    await server.close()
    throw error
  })
  try {
    around.print(banner(config, server))
    if (dev) {
      const vault = await foundDevVault(server.core, dev)
      onDev?.(vault)
      around.print(devBanner(server, vault))
    }
    await stopped(server, around, log)
    around.print('==> Chatelaine shutdown triggered\n')
  } finally {
    await server.close()
    removePidFile()
  }
}

async function writePidFile(file: string | undefined): Promise<() => void> {
  if (file === undefined) return () => undefined
  // Of a server that was killed its number is left; anything else is somebody's.
  writeOwn({ what: 'pid file', file }, `${process.pid}\n`, (text) => /^\s*\d*\s*$/.test(text))
  return () => rmSync(file, { force: true })
}

/** A reload that fails leaves a server that still serves: that is said, and no reason to stop. */
const stopped = (server: Server, around: Surroundings, log: Logger) =>
  new Promise<void>((resolve) => {
    const release = around.onSignal({
      stop: () => {
        release()
        resolve()
      },
      reload: () => void server.reload().then(
        () => log.info('reloaded: certificates are read again, logs reopened'),
        (error: unknown) => log.error({ error }, 'reload failed; what could not be read again stays as it was'),
      ),
    })
  })

function banner(config: Config, { addresses }: Server): string {
  const rows: [string, string][] = [
    ['Api Address', config.apiAddress ?? addresses[0] ?? ''],
    ...config.listeners.map((listener, i): [string, string] => [`Listener ${i + 1}`, describeListener(listener, addresses[i] ?? '')]),
    ['Log Level', config.logLevel],
    ['Storage', describeStorage(config)],
    ['Seal', config.seal?.type ?? 'shamir'],
    ['Version', `${build} (API of Vault ${vaultVersion}), Node ${process.version}`],
  ]
  const lines = rows.map(([name, value]) => `${name.padStart(24)}: ${value}`)
  return ['==> Chatelaine server configuration:', '', ...lines, '', '==> Chatelaine server started! Log data will stream in below:', '', ''].join('\n')
}

function describeStorage({ storage }: Config): string {
  if (storage?.type === 'embedded') return `embedded (${storage.path})`
  if (storage?.type !== 'etcd') return 'inmem'
  return `etcd (${[storage.endpoints.join(', ') || `SRV records of ${storage.discoverySrv}`, `path: "${storage.path}"`].join(', ')})`
}

const describeListener = (listener: ListenerConfig, url: string) =>
  'host' in listener.address
    ? `tcp (addr: "${listener.address.host}:${new URL(url).port}", tls: "${listener.tls ? 'enabled' : 'disabled'}")`
    : `unix (addr: "${listener.address.socketPath}")`

function devBanner({ addresses }: Server, { unsealKey, rootToken }: DevVault): string {
  return [
    'WARNING! dev mode is enabled! In this mode, Chatelaine runs entirely in-memory',
    'and starts unsealed with a single unseal key. The root token is already',
    'authenticated to the CLI, so you can immediately begin using it.',
    '',
    'You may need to set the following environment variables:',
    '',
    `    $ export VAULT_ADDR='${addresses[0] ?? ''}'`,
    '',
    'The unseal key and root token are displayed below in case you want to',
    'seal/unseal the Vault or re-authenticate.',
    '',
    `Unseal Key: ${unsealKey}`,
    `Root Token: ${rootToken}`,
    '',
    'Development mode should NOT be used in production installations!',
    '',
    '',
  ].join('\n')
}
