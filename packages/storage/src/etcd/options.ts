import type { EtcdTls } from '@chatelaine/etcd'

export interface EtcdStorageOptions {
  /** https://host:port of each member that may be asked; http:// without TLS. */
  readonly endpoints: readonly string[]
  /** All that is kept lies under it; several Vaults can share an etcd under different ones. */
  readonly prefix: string
  readonly tls?: EtcdTls | undefined
  readonly user?: { readonly name: string; readonly password: string } | undefined
  /** How long a request to etcd is tried while most of its members answer; 5 s. */
  readonly requestTimeoutMs?: number | undefined
  /** How long a dead node is still taken for alive, in seconds; 15. */
  readonly lockTtlSeconds?: number | undefined
  /** `catchUp` may take an answer that is no older; 0, always ask. */
  readonly maxStalenessMs?: number | undefined
  /** How much memory entries may take; 256 MiB. */
  readonly cacheBytes?: number | undefined
  /** How often a part of memory is compared with etcd; 60 s. */
  readonly reconcileMs?: number | undefined
  /** Refuse an etcd with known holes, but for the one version that is named. */
  readonly production?: boolean | undefined
  readonly allowVersion?: string | undefined
  /** Told what an operator should know; never a key or a value. */
  readonly log?: ((message: string, facts?: Readonly<Record<string, unknown>>) => void) | undefined
}

interface Defaults {
  readonly requestTimeoutMs: number
  readonly lockTtlSeconds: number
  readonly maxStalenessMs: number
  readonly cacheBytes: number
  readonly reconcileMs: number
  readonly production: boolean
  readonly log: NonNullable<EtcdStorageOptions['log']>
}

export type SettledOptions = Omit<EtcdStorageOptions, keyof Defaults> & Defaults

export const settled = (given: EtcdStorageOptions): SettledOptions => ({
  ...given,
  requestTimeoutMs: given.requestTimeoutMs ?? 5000,
  lockTtlSeconds: given.lockTtlSeconds ?? 15,
  maxStalenessMs: given.maxStalenessMs ?? 0,
  cacheBytes: given.cacheBytes ?? 256 << 20,
  reconcileMs: given.reconcileMs ?? 60_000,
  production: given.production ?? false,
  log: given.log ?? (() => undefined),
})
