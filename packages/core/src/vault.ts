import { randomBytes } from '@chatelaine/crypto'
import { view, type AuditType, type Caller, type Clock, type Engine, type Storage } from '@chatelaine/sdk'
import { AuditBroker } from './audit/index.js'
import { cubbyhole } from './cubbyhole.js'
import { CoreError } from './errors.js'
import type { Log } from './log.js'
import { catalogue } from './mounts/catalogue.js'
import { empty, finishRemovals, finishUpgrades, type ChangeContext } from './mounts/change.js'
import { newMount, storagePrefix, type MountEntry } from './mounts/entry.js'
import type { Manifest } from './manifest.js'
import { Mounts, type Ttls } from './mounts/table.js'
import { buildAcl } from './policies/index.js'
import { PolicyStore } from './policy-store.js'
import { sysEngine } from './sys/index.js'
import type { Keys, ThisNode, ServerFacts, SysContext } from './sys/context.js'
import { tokenEngine } from './tokens/engine.js'
import { revokeWhere } from './tokens/revoke-where.js'
import type { RenewalAt } from './tokens/renewal.js'
import { tokenRoles } from './tokens/roles.js'
import { TokenStore, type CatchUp } from './tokens/store.js'
import { Wrapping } from './wrapping.js'

/** What this server was built with. The core names no engine; it is handed them. */
export interface Parts {
  readonly engines: readonly Engine[]
  readonly methods: readonly Engine[]
  readonly auditTypes: readonly AuditType[]
  readonly clock: Clock
  readonly log: Log
  readonly ttls: Ttls
  readonly server: Omit<ServerFacts, 'clusterId'>
  /** Where other nodes write too: makes what they were answered for known here. */
  readonly catchUp?: CatchUp | undefined
  /** See SysContext. */
  readonly snapshot?: (() => AsyncIterable<Uint8Array>) | undefined
  /** See CoreOptions. */
  readonly judge?: ((engine: Engine) => Engine) | undefined
  /** Paths that also a sealed vault answers, for help and OpenAPI. */
  readonly statusPaths: Engine['paths']
}

/** An unsealed vault: everything a request needs, over the open barrier. Made at unseal, gone at seal. */
export interface Vault {
  readonly mounts: Mounts
  readonly tokens: TokenStore
  readonly policies: PolicyStore
  readonly audit: AuditBroker
  readonly manifest: Manifest
  readonly wrapping: Wrapping
  readonly change: ChangeContext
  /** What the last sweep could not end, by its rows in the order of expiry. */
  readonly stuck: { rows: ReadonlySet<string> }
  /** The version of Vault whose behaviour this is. */
  readonly version: string
  /** Revokes a token, its descendants, and what was kept for them. */
  revoke(key: string): Promise<void>
  /** The tokens by another way to the same storage, and how to remove what is kept for one of them alone. */
  by(storage: Storage): TokenKeeping
  close(): Promise<void>
}

export interface TokenKeeping {
  readonly tokens: TokenStore
  forget(key: string): Promise<void>
}

/** How `sys/` reaches what is below and beside the vault. */
export interface Surroundings {
  readonly clusterId: string
  readonly manifest: Manifest
  readonly keys: Keys
  readonly node: ThisNode
}

/** Joins the parts over `storage`, the open barrier. */
export async function openVault(storage: Storage, parts: Parts, { clusterId, manifest, keys, node }: Surroundings): Promise<Vault> {
  const { clock, log, ttls } = parts
  const tokens = new TokenStore(storage, clock, parts.catchUp)
  const policies = new PolicyStore(storage, manifest)
  await tokens.open(() => randomBytes(32))
  await policies.open()
  const audit = new AuditBroker({ storage, manifest, types: parts.auditTypes, clock, log: (message, facts) => log(message, { ...facts }) })

  // The engines of the house are closures over the vault they are part of, so the catalogue is filled before anything asks it.
  const own: { secret: Engine[]; auth: Engine[] } = { secret: [...parts.engines, cubbyhole], auth: [...parts.methods] }
  const known = catalogue(own)
  const mounts = new Mounts({ storage, manifest, catalogue: known, ttls, clock, judge: parts.judge })
  const world = (entry: MountEntry) => ({ storage: view(storage, storagePrefix(entry)), clock })

  const holes = async () => {
    const found = await mounts.at('secret', 'cubbyhole/')
    if (!found) throw CoreError.noHandler({ path: 'cubbyhole/' })
    return { storage: found.storage, prefix: storagePrefix(found.entry) }
  }
  const by = (way: Storage): TokenKeeping => ({
    tokens: tokens.by(way),
    forget: async (key) => empty(view(way, (await holes()).prefix), `${key}/`),
  })
  const { forget } = by(storage)
  const revoke = (key: string) => tokens.revoke(key, forget)
  const change: ChangeContext = {
    mounts, storage, catalogue: known, world, systemMaxTtl: ttls.maxLeaseTtl,
    revokeMade: (address) => revokeWhere(tokens, ({ path }) => path.startsWith(address), revoke),
  }
  const wrapping = new Wrapping({ store: tokens, cubbyhole: holes, longest: ttls.maxLeaseTtl })
  const aclOf = async (caller: Caller | undefined) => (caller ? policies.acl(caller.policies) : buildAcl([]))

  const server: ServerFacts = { ...parts.server, clusterId }
  const context: SysContext = { clock, log, mounts, change, ttls, policies, tokens, wrapping, audit, keys, node, server, aclOf, revoke, snapshot: parts.snapshot }
  const sys = sysEngine(context)
  own.secret.push({ ...sys, paths: [...parts.statusPaths, ...sys.paths] })
  const renewalAt: RenewalAt = async (path) => {
    const { entry, engine } = (await mounts.route(path))?.mount ?? {}
    return entry?.kind === 'auth' && engine?.renew ? (token) => engine.renew!(world(entry), token) : undefined
  }
  const ttlsAt = async (path: string) => (await mounts.route(path))?.mount.facts ?? ttls
  own.auth.push(
    tokenEngine({ store: tokens, roles: tokenRoles(storage), sudo: sudoBy(policies), missingPolicies: missingIn(policies), ttlsAt, renewalAt, revoke }),
  )
  await found(mounts)
  await finishUpgrades(change)
  // What cannot be removed is out of reach already, so it is no reason to stay sealed.
  await finishRemovals(change).catch((error: unknown) => log('a mount could not be removed', { error }))

  return {
    mounts, tokens, policies, audit, manifest, wrapping, change, version: server.vaultVersion, revoke, by,
    stuck: { rows: new Set() },
    async close() {
      await audit.close()
      mounts.clear()
      policies.close()
      manifest.clear()
      tokens.close()
    },
  }
}

/** What every new vault has mounted. */
async function found(mounts: Mounts): Promise<void> {
  if ((await mounts.all()).length > 0) return
  await mounts.change((entries) => {
    if (entries.length > 0) return entries
    return [
      newMount({ kind: 'secret', path: 'cubbyhole/', type: 'cubbyhole', description: 'per-token private secret storage', local: true }),
      newMount({ kind: 'secret', path: 'sys/', type: 'system', description: 'system endpoints used for control, policy and debugging' }),
      newMount({ kind: 'auth', path: 'token/', type: 'token', description: 'token based credentials' }),
    ]
  })
}

const sudoBy = (policies: PolicyStore) => async (caller: Caller, address: string) =>
  (await policies.acl(caller.policies)).check({ operation: 'update', path: address }).sudo

const missingIn = (policies: PolicyStore) => async (names: readonly string[]) => {
  const known = await policies.names()
  return names.filter((name) => !known.includes(name))
}
