import type { Caller, Clock } from '@chatelaine/sdk'
import type { AuditBroker } from '../audit/index.js'
import type { ChangeContext } from '../mounts/change.js'
import type { Mounts, Ttls } from '../mounts/table.js'
import type { Acl } from '../policies/index.js'
import type { PolicyStore } from '../policy-store.js'
import type { TokenStore } from '../tokens/store.js'
import type { Wrapping } from '../wrapping.js'

/** What `sys/` may reach of an unsealed vault. Each of its files takes the part it needs. */
export interface SysContext {
  readonly clock: Clock
  readonly mounts: Mounts
  readonly change: ChangeContext
  readonly ttls: Ttls
  readonly policies: PolicyStore
  readonly tokens: TokenStore
  readonly wrapping: Wrapping
  readonly audit: AuditBroker
  readonly keys: Keys
  readonly server: ServerFacts
  aclOf(caller: Caller | undefined): Promise<Acl>
  revoke(key: string): Promise<void>
}

/** The barrier's keys, as far as an operator may touch them. */
export interface Keys {
  seal(): Promise<void>
  rotate(): Promise<void>
  status(): Promise<{ readonly term: number; readonly installTime: Date; readonly encryptions: number }>
}

/** What a server says of itself. */
export interface ServerFacts {
  /** The version of Vault whose behaviour this is; clients parse it. */
  readonly vaultVersion: string
  /** Our own name and version. */
  readonly build: string
  /** Where clients reach it. Asked for late: a port may be chosen as late as the listener opens. */
  readonly apiAddress: () => string
  readonly clusterName: string
  readonly clusterId: string
  readonly storageType: string
}
