import type { Caller, Clock, ClusterNode, Measure } from '@chatelaine/sdk'
import type { AuditBroker } from '../audit/index.js'
import type { Log } from '../log.js'
import type { ChangeContext } from '../mounts/change.js'
import type { Mounts, Ttls } from '../mounts/table.js'
import type { Acl } from '../policies/index.js'
import type { PolicyStore } from '../policy-store.js'
import type { TokenStore } from '../tokens/store.js'
import type { Wrapping } from '../wrapping.js'

/** What `sys/` may reach of an unsealed vault. Each of its files takes the part it needs. */
export interface SysContext {
  readonly clock: Clock
  readonly log: Log
  readonly mounts: Mounts
  readonly change: ChangeContext
  readonly ttls: Ttls
  readonly policies: PolicyStore
  readonly tokens: TokenStore
  readonly wrapping: Wrapping
  readonly audit: AuditBroker
  readonly keys: Keys
  readonly node: ThisNode
  readonly server: ServerFacts
  /** All that is stored, below the barrier. Begins when its first byte is asked for. */
  readonly snapshot: (() => AsyncIterable<Uint8Array>) | undefined
  aclOf(caller: Caller | undefined): Promise<Acl>
  revoke(key: string): Promise<void>
}

/** The barrier's keys, as far as an operator may touch them. */
export interface Keys {
  seal(): Promise<void>
  /** Seals every node that shares the storage, and says which are known to be. */
  sealAll(): Promise<SealedNodes>
  rotate(): Promise<void>
  status(): Promise<{ readonly term: number; readonly installTime: Date; readonly encryptions: number }>
}

/** Nodes by name. */
export interface SealedNodes {
  readonly sealed: readonly string[]
  /** They have not said so in time. They will seal themselves as soon as they can ask storage, and serve nothing until then. */
  readonly unconfirmed: readonly string[]
}

/** This node among those that share its storage, as far as an operator may touch it. */
export interface ThisNode {
  /** Undefined where the storage is this node's alone. */
  nodes: (() => Promise<readonly ClusterNode[]>) | undefined
  /** Leaves the caretaker's work to another node. */
  stepDown(): Promise<void>
  /** Since when leases are held; undefined when they are not. */
  leasesHeld(): Promise<string | undefined>
  releaseLeases(): Promise<void>
  measures(): Promise<readonly Measure[]>
  readonly exposition: Exposition | undefined
}

/** How figures are written down for who collects them. The core has the figures; the server chooses the form. */
export interface Exposition {
  /** In Prometheus's text format, with those of the process. */
  text(measures: readonly Measure[]): Promise<string>
}

/** What a server says of itself. */
export interface ServerFacts {
  /** The version of Vault whose behaviour this is; clients parse it. */
  readonly vaultVersion: string
  /** Our own name and version. */
  readonly build: string
  /** Where clients reach it. Asked for late: a port may be chosen as late as the listener opens. */
  readonly apiAddress: () => string
  /** Tells this node from the others for people. Asked for late, as it may hold a port. */
  readonly nodeName: () => string
  readonly clusterName: string
  readonly clusterId: string
  readonly storageType: string
}
