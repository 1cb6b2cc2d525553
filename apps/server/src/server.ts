import { readFileSync } from 'node:fs'
import { keyFileSeal } from '@chatelaine/barrier'
import { auditFile, kvV1, kvV2, telegramAuth } from '@chatelaine/builtin'
import { Core } from '@chatelaine/core'
import { openHttpDoor, type Door } from '@chatelaine/doors'
import { memoryStorage, type Clock, type OpenStorage } from '@chatelaine/sdk'
import { openLogStorage } from '@chatelaine/storage'
import type { Config, ListenerConfig, StorageConfig } from './config/config.js'
import { reasonOf } from './config/files.js'
import { ServerError } from './errors.js'
import type { Logger } from './log.js'
import { build, vaultVersion } from './version.js'

/** A server that answers. */
export interface Server {
  readonly core: Core
  /** Where it listens, in the order of the listeners. */
  readonly addresses: readonly string[]
  /** Reads certificates again and reopens logs. */
  reload(): Promise<void>
  /** Answers what has begun, seals, and lets go of the storage. */
  close(): Promise<void>
}

export interface ServerOptions {
  readonly config: Config
  readonly log: Logger
  readonly clock?: Clock
}

/**
 * Joins storage, barrier, engines and doors: the only place that chooses them. With an auto-unseal it opens at once if it has
 * been initialized. What was opened is closed again when a later step fails.
 */
export async function startServer({ config, log, clock = { now: () => new Date() } }: ServerOptions): Promise<Server> {
  const opened: (() => Promise<void>)[] = []
  const closeAll = async () => {
    for (const close of opened.reverse()) await close()
  }
  try {
    const storage = await openStorage(config.storage ?? { type: 'inmem' }, log)
    opened.push(() => storage.close())
    const core = openCore(storage, { config, log, clock })
    opened.push(() => core.seal())
    await core.unseal()
    const doors: Door[] = []
    for (const listener of config.listeners) {
      const door = await openDoor(core, listener, log)
      doors.push(door)
      opened.push(() => door.close({ graceMs: 5000 }))
    }
    const reload = async () => {
      await core.reload()
      for (const [i, listener] of config.listeners.entries()) if (listener.tls) doors[i]?.reloadTls(readTls(listener.tls))
    }
    return { core, addresses: doors.map(({ url }) => url), reload, close: closeAll }
  } catch (error) {
    await closeAll()
    throw error
  }
}

async function openStorage(config: StorageConfig, log: Logger): Promise<OpenStorage> {
  if (config.type === 'embedded') return openLogStorage({ folder: config.path, log: (line) => log.warn(line) })
  return { ...memoryStorage(), close: async () => undefined }
}

function openCore(storage: OpenStorage, { config, log, clock }: ServerOptions & { readonly clock: Clock }): Core {
  return new Core({
    storage,
    engines: [kvV1, kvV2],
    methods: [telegramAuth],
    auditTypes: [auditFile({ log: (message, facts) => log.warn({ ...facts }, message) })],
    clock,
    log: (message, facts) => log.info({ ...facts }, message),
    ttls: { defaultLeaseTtl: config.defaultLeaseTtl, maxLeaseTtl: config.maxLeaseTtl },
    seal: config.seal && keyFileSeal(config.seal.path),
    server: {
      vaultVersion,
      build,
      apiAddress: config.apiAddress ?? firstAddress(config.listeners),
      clusterName: config.clusterName,
      storageType: config.storage?.type ?? 'inmem',
    },
  })
}

function firstAddress(listeners: readonly ListenerConfig[]): string {
  const tcp = listeners.find(({ address }) => 'host' in address)
  if (!tcp || !('host' in tcp.address)) return ''
  const { host, port } = tcp.address
  return `${tcp.tls ? 'https' : 'http'}://${host === '0.0.0.0' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${port}`
}

async function openDoor(core: Core, listener: ListenerConfig, log: Logger): Promise<Door> {
  const { address, tls, maxRequestSize, maxRequestDuration, requireRequestHeader } = listener
  try {
    return await openHttpDoor({
      handle: core.handle,
      address,
      ...(tls && { tls: readTls(tls) }),
      limits: {
        ...(maxRequestSize !== undefined && { bodyBytes: maxRequestSize < 0 ? Infinity : maxRequestSize }),
        ...(maxRequestDuration !== undefined && { handleMs: maxRequestDuration * 1000 }),
      },
      requireRequestHeader,
      log: (event) => (event.kind === 'bug' ? log.error(event, 'a request failed on a bug') : log.debug(event, 'bytes that were no request')),
    })
  } catch (error) {
    if (reasonOf(error) !== 'EADDRINUSE') throw error
    throw ServerError.addressInUse({ address: 'host' in address ? `${address.host}:${address.port}` : address.socketPath }, { cause: error })
  }
}

function readTls({ certFile, keyFile, minVersion }: NonNullable<ListenerConfig['tls']>) {
  return { cert: readPem('certificate', certFile), key: readPem('private key', keyFile), minVersion }
}

function readPem(what: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw ServerError.unreadable({ what, file, reason: reasonOf(cause) }, { cause })
  }
}
