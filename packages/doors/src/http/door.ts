import { chmod } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import type { Admit, Handle, Remote } from '@chatelaine/sdk'
import { serveConnections, type Connections } from './connections.js'
import { remoteBy, type Forwarded } from './forwarded.js'
import { turns, type DoorEvent, type House } from './house.js'
import { defaultLimits, type Limits } from './limits.js'
import { checkListVerb } from './list-check.js'
import { Memory } from './memory.js'
import { headersByStatus, type ResponseHeaders } from './response-headers.js'
import { clearStaleSocket } from './stale-socket.js'

export type Address =
  | { readonly host: string; readonly port: number }
  /** `mode` is the socket file's; without it the process's umask decides. */
  | { readonly socketPath: string; readonly mode?: number | undefined }

/** A certificate with its chain, and its key, as PEM. */
export interface Certificate {
  readonly cert: string | Uint8Array
  readonly key: string | Uint8Array
}

export interface TlsRules {
  /** TLS 1.3 when left out. */
  readonly minVersion?: TlsVersion | undefined
  readonly maxVersion?: TlsVersion | undefined
  /** OpenSSL's names, joined by colons. */
  readonly ciphers?: string | undefined
  readonly preferServerCiphers?: boolean | undefined
  /** Certificates of the authority for clients, which are then asked for one. */
  readonly clientCa?: string | Uint8Array | undefined
  /** Turns away a client without a certificate of that authority. */
  readonly requireClientCert?: boolean | undefined
}

type TlsVersion = 'TLSv1.2' | 'TLSv1.3'

export interface DoorOptions {
  readonly handle: Handle
  /** Who may send a body, and how large a one; left out, anybody may. */
  readonly admit?: Admit | undefined
  readonly address: Address
  readonly tls?: (Certificate & TlsRules) | undefined
  readonly limits?: Partial<Limits> | undefined
  readonly log?: ((event: DoorEvent) => void) | undefined
  /** Turns away requests without `X-Vault-Request: true`, which a browser lured here cannot send. */
  readonly requireRequestHeader?: boolean | undefined
  readonly responseHeaders?: ResponseHeaders | undefined
  readonly forwarded?: Forwarded | undefined
}

export interface Door {
  /** What a client is given as its `VAULT_ADDR`. */
  readonly url: string
  address(): Address
  /** Used from the next connection on. Throws, and keeps the old one, when the pair does not fit. */
  reloadTls(certificate: Certificate): void
  /** Accepts no more, lets what was begun finish within `graceMs`, and cuts the rest. */
  close(given?: { readonly graceMs?: number }): Promise<void>
}

/** Opens Vault's HTTP API, over TCP, TLS or a unix domain socket, in front of `handle`. */
export async function openHttpDoor(options: DoorOptions): Promise<Door> {
  await checkListVerb()
  const limits = { ...defaultLimits, ...options.limits }
  const server = makeServer(options.tls, limits)
  const house = makeHouse(options, limits)
  const connections = serveConnections(server, house)
  const address = await listen(server, options.address)
  const close = once((graceMs: number) => closeServer(server, { house, connections, graceMs }))
  return {
    url: urlOf(address, options.tls !== undefined),
    address: () => address,
    reloadTls(certificate) {
      if ('setSecureContext' in server) (server as SecureServer).setSecureContext(secure(certificate, options.tls ?? {}))
    },
    close: ({ graceMs = 0 } = {}) => close(graceMs),
  }
}

function makeServer(tls: DoorOptions['tls'], limits: Limits): Server {
  const options = {
    maxHeaderSize: limits.headerBytes,
    // Asked for in `readHead`, where the refusal can be ours.
    requireHostHeader: false,
    headersTimeout: Math.min(limits.headersMs, limits.requestMs),
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: Math.max(10, Math.min(1_000, limits.headersMs / 2)),
  }
  const server = tls
    ? createSecureServer({ ...options, ...secure(tls, tls), handshakeTimeout: limits.headersMs })
    : createServer(options)
  // A client that reads nothing of its answer is idle for longer than any answer may take.
  server.timeout = limits.handleMs + limits.requestMs
  if (limits.connections > 0) server.maxConnections = limits.connections
  // Clients such as `nc -N` end their side and then read: Node would end ours before the answer.
  return Object.assign(server, { httpAllowHalfOpen: true })
}

const secure = ({ cert, key }: Certificate, rules: TlsRules) => ({
  cert: Buffer.from(cert),
  key: Buffer.from(key),
  minVersion: rules.minVersion ?? 'TLSv1.3',
  ...(rules.maxVersion !== undefined && { maxVersion: rules.maxVersion }),
  ...(rules.ciphers !== undefined && { ciphers: rules.ciphers }),
  ...(rules.preferServerCiphers !== undefined && { honorCipherOrder: rules.preferServerCiphers }),
  ...(rules.clientCa !== undefined && { ca: Buffer.from(rules.clientCa), requestCert: true, rejectUnauthorized: rules.requireClientCert ?? false }),
})

function makeHouse(options: DoorOptions, limits: Limits): House {
  const { handle, admit = async () => 'all', log = () => undefined, requireRequestHeader = false, tls } = options
  const own: [string, string][] = [['Cache-Control', 'no-store'], ['X-Content-Type-Options', 'nosniff']]
  if (tls) own.push(['Strict-Transport-Security', 'max-age=31536000'])
  const common = headersByStatus(own, options.responseHeaders)
  const remoteOf = options.forwarded ? remoteBy(options.forwarded) : (peer: Remote | undefined) => peer
  const memory = new Memory(limits.allBodiesBytes)
  return { handle, admit, memory, limits, log, requireRequestHeader, common, remoteOf, closing: false, turnEnd: turns() }
}

async function listen(server: Server, address: Address): Promise<Address> {
  if ('socketPath' in address) await clearStaleSocket(address.socketPath)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen('socketPath' in address ? { path: address.socketPath } : address, () => {
      server.off('error', reject)
      resolve()
    })
  })
  if ('socketPath' in address) {
    if (address.mode !== undefined) await chmod(address.socketPath, address.mode)
    return address
  }
  const bound = server.address()
  return typeof bound === 'object' && bound ? { host: bound.address, port: bound.port } : address
}

function urlOf(address: Address, tls: boolean): string {
  if ('socketPath' in address) return `unix://${address.socketPath}`
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `${tls ? 'https' : 'http'}://${host}:${address.port}`
}

function closeServer(
  server: Server,
  { house, connections, graceMs }: { house: House; connections: Connections; graceMs: number },
): Promise<void> {
  house.closing = true
  return new Promise((resolve) => {
    const cut = setTimeout(() => connections.cutAll(), graceMs)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    connections.cutIdle()
  })
}

function once<A, R>(run: (argument: A) => R): (argument: A) => R {
  let result: { readonly value: R } | undefined
  return (argument) => (result ??= { value: run(argument) }).value
}
