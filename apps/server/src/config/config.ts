/** What a server is told, whichever file form it was told in. Times are seconds unless they say otherwise. */
export interface Config {
  readonly storage: StorageConfig | undefined
  readonly listeners: readonly ListenerConfig[]
  readonly seal: SealConfig | undefined
  readonly apiAddress: string | undefined
  readonly clusterName: string
  /** What this server is called among those that share a storage. */
  readonly nodeName: string | undefined
  /** Refuses what is only warned of otherwise: an etcd with known holes. */
  readonly production: boolean
  readonly defaultLeaseTtl: number
  readonly maxLeaseTtl: number
  readonly logLevel: LogLevel
  readonly logFormat: 'standard' | 'json'
  readonly logFile: string | undefined
  readonly pidFile: string | undefined
  /** Settings that have no effect here, each with the reason, for the operator to read once. */
  readonly warnings: readonly string[]
  /** Folders that audit logs may lie in or below; undefined for any that belongs to this server's user or to root. */
  readonly auditFileFolders: readonly string[] | undefined
  /** What all this was read from. */
  readonly files: readonly string[]
}

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

export type StorageConfig = { readonly type: 'inmem' } | { readonly type: 'embedded'; readonly path: string } | EtcdConfig

/** etcd, with the settings of Vault's own `storage "etcd"` under their names, and ours beside them. */
export interface EtcdConfig {
  readonly type: 'etcd'
  readonly endpoints: readonly string[]
  /** A domain whose SRV records name the endpoints. */
  readonly discoverySrv: string | undefined
  readonly discoverySrvName: string | undefined
  readonly path: string
  readonly caFile: string | undefined
  readonly certFile: string | undefined
  readonly keyFile: string | undefined
  readonly serverName: string | undefined
  readonly username: string | undefined
  readonly password: string | undefined
  /** Milliseconds. */
  readonly requestTimeout: number | undefined
  readonly lockTimeout: number | undefined
  readonly maxStaleness: number
  /** Bytes of memory for entries. */
  readonly cacheSize: number | undefined
  readonly allowVersion: string | undefined
}

export interface ListenerConfig {
  readonly address: { readonly host: string; readonly port: number } | { readonly socketPath: string; readonly mode?: number }
  readonly tls:
    | {
        readonly certFile: string
        readonly keyFile: string
        readonly minVersion: 'TLSv1.2' | 'TLSv1.3'
        readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3'
        /** OpenSSL's names, joined by colons. */
        readonly ciphers?: string
        readonly preferServerCiphers?: boolean
        /** The authority of clients' certificates, which are asked for, and demanded where `requireClientCert` says so. */
        readonly clientCaFile?: string
        readonly requireClientCert?: boolean
      }
    | undefined
  readonly maxRequestSize: number | undefined
  readonly maxRequestDuration: number | undefined
  readonly requireRequestHeader: boolean
  readonly bounds?: BodyBounds | undefined
  /** How long a client may take, in milliseconds; undefined leaves the door's own. */
  readonly timeouts?: { readonly readHeaderMs: number | undefined; readonly readMs: number | undefined; readonly idleMs: number | undefined }
  /** Headers of every answer: under `default`, a class such as `2xx`, or a status. */
  readonly responseHeaders?: Readonly<Record<string, readonly (readonly [name: string, value: string])[]>>
  /** Proxies whose X-Forwarded-For is believed. */
  readonly forwarded?: {
    /** Addresses and networks. */
    readonly authorized: readonly string[]
    readonly hopSkips: number
    readonly rejectNotAuthorized: boolean
    readonly rejectNotPresent: boolean
  }
}

/** What a listener takes of bodies, where it is not the default. 0 is the default too, and below it there is no bound, as in Vault. */
export interface BodyBounds {
  /** Bytes of a body whose sender has no valid token. */
  readonly unauthenticatedSize?: number
  /** Bytes of all bodies together that are not answered yet. */
  readonly totalSize?: number
  readonly jsonDepth?: number
  readonly jsonStringLength?: number
  readonly jsonObjectEntries?: number
  readonly jsonArrayElements?: number
  readonly jsonTokens?: number
}

export interface SealConfig {
  readonly type: 'keyfile'
  readonly path: string
}

/** 768 hours, as in Vault. */
export const systemTtl = 2_764_800

export const emptyConfig: Config = {
  storage: undefined,
  listeners: [],
  seal: undefined,
  apiAddress: undefined,
  clusterName: 'chatelaine',
  nodeName: undefined,
  production: false,
  defaultLeaseTtl: systemTtl,
  maxLeaseTtl: systemTtl,
  logLevel: 'info',
  logFormat: 'standard',
  logFile: undefined,
  pidFile: undefined,
  warnings: [],
  auditFileFolders: undefined,
  files: [],
}
