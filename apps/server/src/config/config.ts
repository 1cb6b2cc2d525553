/** What a server is told, whichever file form it was told in. Times are seconds unless they say otherwise. */
export interface Config {
  readonly storage: StorageConfig | undefined
  readonly listeners: readonly ListenerConfig[]
  readonly seal: SealConfig | undefined
  readonly apiAddress: string | undefined
  readonly clusterName: string
  readonly defaultLeaseTtl: number
  readonly maxLeaseTtl: number
  readonly logLevel: LogLevel
  readonly logFormat: 'standard' | 'json'
  readonly logFile: string | undefined
  readonly pidFile: string | undefined
}

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

export type StorageConfig = { readonly type: 'inmem' } | { readonly type: 'embedded'; readonly path: string }

export interface ListenerConfig {
  readonly address: { readonly host: string; readonly port: number } | { readonly socketPath: string; readonly mode?: number }
  readonly tls: { readonly certFile: string; readonly keyFile: string; readonly minVersion: 'TLSv1.2' | 'TLSv1.3' } | undefined
  readonly maxRequestSize: number | undefined
  readonly maxRequestDuration: number | undefined
  readonly requireRequestHeader: boolean
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
  defaultLeaseTtl: systemTtl,
  maxLeaseTtl: systemTtl,
  logLevel: 'info',
  logFormat: 'standard',
  logFile: undefined,
  pidFile: undefined,
}
