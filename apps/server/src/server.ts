import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { createSecureContext } from 'node:tls'
import { BarrierError, keyFileSeal } from '@chatelaine/barrier'
import { auditFile } from '@chatelaine/builtin'
import { Core } from '@chatelaine/core'
import { openHttpDoor, type Door } from '@chatelaine/doors'
import { VaultError, type Clock, type Handle, type OpenStorage } from '@chatelaine/sdk'
import { bodyLimits } from './body-limits.js'
import type { Config, ListenerConfig } from './config/config.js'
import { reasonOf } from './config/files.js'
import { engines, methods } from './engines.js'
import { ownFiles } from './config/own-files.js'
import { ServerError } from './errors.js'
import type { Logger, ServerLog } from './log.js'
import { prometheus } from './metrics.js'
import { unsealWhenFounded } from './late-unseal.js'
import { openStorage } from './open-storage.js'
import { vaultContainer } from './snapshot/save.js'
import { build, vaultVersion } from './version.js'

/** A server that answers. */
export interface Server {
  readonly core: Core
  /** Where it listens, in the order of the listeners. */
  readonly addresses: readonly string[]
  /** Reads certificates again and reopens logs. All of it is tried; rejects with the first failure, and what failed stays as it was. */
  reload(): Promise<void>
  /** Answers what has begun, seals, and lets go of the storage. */
  close(): Promise<void>
}

export interface ServerOptions {
  readonly config: Config
  readonly log: ServerLog
  readonly clock?: Clock
}

/**
 * Joins storage, barrier, engines and doors: the only place that chooses them. With an auto-unseal it opens at once if it has
 * been initialized. What was opened is closed again when a later step fails.
 */
export async function startServer({ config, log, clock = { now: () => new Date() } }: ServerOptions): Promise<Server> {
  const opened: (() => Promise<void>)[] = []
  const closeAll = async () => {
    // Emptied as it goes, so that a second call finds nothing left to close.
    for (let close = opened.pop(); close; close = opened.pop()) {
      await close().catch((error: unknown) => log.error({ error }, 'not everything could be closed'))
    }
  }
  try {
    const storage = await openStorage(config, log)
    opened.push(() => storage.close())
    const doors: Door[] = []
    const apiAddress = () => config.apiAddress ?? addressOf(config.listeners, doors)
    const core = openCore(storage, { config, log, clock, apiAddress })
    opened.push(() => core.close())
    const unsealed = await core.unseal()
    for (const listener of config.listeners) {
      const door = await openDoor(core, listener, log)
      doors.push(door)
      opened.push(() => door.close({ graceMs: 5000 }))
    }
    core.join()
    if (!unsealed && config.seal) {
      opened.push(unsealWhenFounded(core, (error) => log.error({ error }, 'this node cannot open itself yet, and goes on trying')))
    }
    const reload = () =>
      inTurn([
        async () => log.reopen(),
        () => core.reload(),
        async () => storage.reload?.(),
        ...config.listeners.map(({ tls }, i) => async () => tls && doors[i]?.reloadTls(readTls(tls))),
      ])
    return { core, addresses: doors.map(({ url }) => url), reload, close: closeAll }
  } catch (error) {
    await closeAll()
    throw error
  }
}

/** Runs every step, also after one that failed, and then throws what failed first. */
async function inTurn(steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = []
  for (const step of steps) await step().catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}

type CoreParts = ServerOptions & { readonly clock: Clock; readonly apiAddress: () => string }

function openCore(storage: OpenStorage, { config, log, clock, apiAddress }: CoreParts): Core {
  return new Core({
    storage,
    engines,
    methods,
    auditTypes: [auditFile({ log: (message, facts) => log.warn({ ...facts }, message), within: config.auditFileFolders, never: ownFiles(config) })],
    clock,
    log: (message, facts = {}) => ('error' in facts ? log.error({ ...facts }, message) : log.info({ ...facts }, message)),
    ttls: { defaultLeaseTtl: config.defaultLeaseTtl, maxLeaseTtl: config.maxLeaseTtl },
    seal: config.seal && keyFileSeal(config.seal.path),
    snapshot: () => vaultContainer({ storage, where: 'this server' }, { type: config.storage?.type ?? 'inmem', cluster: config.clusterName, clock }),
    exposition: prometheus(),
    server: {
      vaultVersion,
      build,
      apiAddress,
      nodeName: () => config.nodeName ?? nodeNameAt(apiAddress()),
      clusterName: config.clusterName,
      storageType: config.storage?.type ?? 'inmem',
    },
  })
}

/** Unlike the next node's, also where several run on one machine. */
const nodeNameAt = (apiAddress: string) => `${hostname()}:${(URL.canParse(apiAddress) && new URL(apiAddress).port) || process.pid}`

/** The first address a client on another machine could use; its port is the one the listener has got. */
function addressOf(listeners: readonly ListenerConfig[], doors: readonly Door[]): string {
  const at = listeners.findIndex(({ address }) => 'host' in address)
  const listener = listeners[at]
  const bound = doors[at]?.address() ?? listener?.address
  if (!listener || !('host' in listener.address) || !bound || !('port' in bound)) return ''
  const { host } = listener.address
  return `${listener.tls ? 'https' : 'http'}://${host === '0.0.0.0' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${bound.port}`
}

async function openDoor(core: Core, listener: ListenerConfig, log: Logger): Promise<Door> {
  const { address, tls, maxRequestDuration, requireRequestHeader, timeouts, responseHeaders, forwarded } = listener
  try {
    return await openHttpDoor({
      handle: reporting(core.handle, log),
      admit: core.admit,
      address,
      ...(tls && { tls: readTls(tls) }),
      limits: {
        ...bodyLimits(listener),
        ...(maxRequestDuration !== undefined && { handleMs: maxRequestDuration * 1000 }),
        ...(timeouts?.readHeaderMs !== undefined && { headersMs: timeouts.readHeaderMs }),
        ...(timeouts?.readMs !== undefined && { requestMs: timeouts.readMs }),
        ...(timeouts?.idleMs !== undefined && { idleMs: timeouts.idleMs }),
      },
      requireRequestHeader,
      responseHeaders,
      forwarded,
      log: (event) => (event.kind === 'bug' ? log.error(event, 'a request failed on a bug') : log.debug(event, 'bytes that were no request')),
    })
  } catch (error) {
    if (error instanceof VaultError) throw error
    const [reason, where] = [reasonOf(error), 'host' in address ? `${address.host}:${address.port}` : address.socketPath]
    if (reason === 'EADDRINUSE') throw ServerError.addressInUse({ address: where }, { cause: error })
    throw ServerError.cannotListen({ address: where, reason }, { cause: error })
  }
}

/** Failures of ours that a caller is told of are told to the operator too: a record that was tampered with, a full disk. */
const reporting = (handle: Handle, log: Logger): Handle => async (request) => {
  try {
    return await handle(request)
  } catch (error) {
    if (error instanceof VaultError && error.status >= 500 && !BarrierError.sealed.is(error)) log.error({ error }, 'a request failed')
    throw error
  }
}

/** Tries the pair before anybody uses it, so that a bad one is refused by name and the one in use stays. */
function readTls({ certFile, keyFile, clientCaFile, ...rules }: NonNullable<ListenerConfig['tls']>) {
  const clientCa = clientCaFile === undefined ? undefined : readPem('authority of clients', clientCaFile)
  const pair = { cert: readPem('certificate', certFile), key: readPem('private key', keyFile), clientCa, ...rules }
  try {
    createSecureContext({ cert: pair.cert, key: pair.key, minVersion: pair.minVersion, ...(clientCa && { ca: clientCa }) })
  } catch (cause) {
    throw ServerError.certificate({ certFile, keyFile, reason: reasonOf(cause) }, { cause })
  }
  return pair
}

function readPem(what: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw ServerError.unreadable({ what, file, reason: reasonOf(cause) }, { cause })
  }
}
