import { encodeRecord, memoryStorage, view, type Engine, type Handle, type Storage } from '@chatelaine/sdk'
import { foundCluster } from '../founding.js'
import { handle } from '../handle.js'
import type { Log } from '../log.js'
import { Manifest } from '../manifest.js'
import { openVault, type Surroundings, type Vault } from '../vault.js'
import { movableClock } from './clock.js'
import { tape, type Tape } from './tape.js'

export interface PlainVaultOptions {
  readonly engines: readonly Engine[]
  readonly methods: readonly Engine[]
  readonly log?: Log
}

/** A mount, and the engine whose paths it serves. */
export interface Declared {
  readonly address: string
  readonly engine: Engine
}

/** All that lies in storage. */
export type Contents = ReadonlyMap<string, string>

/**
 * A vault without a barrier, over memory whose contents can be read and put back: for tests that judge requests by what they leave
 * behind. What asks for more than storage, such as sealing, leaves a record too.
 */
export interface PlainVault {
  readonly handle: Handle
  readonly vault: Vault
  readonly root: string
  readonly tape: Tape
  /** Every engine that is mounted, the house's own among them. */
  declared(): Promise<readonly Declared[]>
  contents(): Promise<Contents>
  /** Grows with every commit. */
  revision(): Promise<bigint>
  /** Puts back what was there. */
  restore(contents: Contents): Promise<void>
}

export async function plainVault(options: PlainVaultOptions): Promise<PlainVault> {
  const storage = memoryStorage()
  const recorder = tape()
  const manifest = new Manifest(storage)
  const around = { ...surroundingsOf(storage), manifest, clusterId: await foundCluster(storage, manifest) }
  const vault = await openVault(storage, partsOf(options, recorder), around)
  const made = await vault.tokens.create(
    {
      policies: ['root'], path: 'auth/token/root', meta: null, displayName: 'root', numUses: 0, creationTime: vault.tokens.now(), creationTtl: 0,
      explicitMaxTtl: 0, period: 0, maxTtl: 0, renewable: false, orphan: true, parent: '', role: '', entityId: '', expireTime: 0,
    },
    undefined,
  )
  if (!made) throw new Error('no root token could be made')
  return {
    handle: (request) => handle(vault, request),
    vault,
    root: made.entry.id,
    tape: recorder,
    declared: async () => (await vault.mounts.all()).map(({ address, engine }) => ({ address, engine })),
    contents: () => contentsOf(storage),
    revision: async () => (await storage.snapshot()).revision,
    restore: (before) => restore(storage, before),
  }
}

const partsOf = ({ engines, methods, log = () => undefined }: PlainVaultOptions, { type }: Tape): Parameters<typeof openVault>[1] => ({
  engines,
  methods,
  auditTypes: [type],
  clock: movableClock(),
  log,
  ttls: { defaultLeaseTtl: 2_764_800, maxLeaseTtl: 2_764_800 },
  server: { vaultVersion: '1.16.3', build: 'test', apiAddress: () => '', nodeName: () => 'test', clusterName: 'test', storageType: 'inmem' },
  statusPaths: [],
})

function surroundingsOf(storage: Storage): Pick<Surroundings, 'keys' | 'node'> {
  const asked = async (name: string) => void (await storage.commit([{ put: `asked/${name}`, value: encodeRecord(name) }]))
  return {
    keys: {
      seal: () => asked('seal'),
      sealAll: async () => ({ sealed: ['test'], unconfirmed: [] }),
      rotate: () => asked('rotate'),
      status: async () => ({ term: 1, installTime: new Date(0), encryptions: 0 }),
    },
    node: {
      nodes: undefined,
      stepDown: () => asked('step-down'),
      leasesHeld: async () => undefined,
      releaseLeases: () => asked('release-leases'),
      measures: async () => [],
      exposition: undefined,
    },
  }
}

async function contentsOf(storage: Storage, prefix = ''): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const name of await storage.list(prefix)) {
    if (name.endsWith('/')) for (const [key, value] of await contentsOf(view(storage, prefix + name))) found.set(prefix + name + key, value)
    else found.set(prefix + name, Buffer.from((await storage.get(prefix + name))?.value ?? []).toString())
  }
  return found
}

async function restore(storage: Storage, before: Contents): Promise<void> {
  const now = await contentsOf(storage)
  const gone = [...now.keys()].filter((key) => !before.has(key)).map((key) => ({ remove: key }))
  const changed = [...before].filter(([key, value]) => now.get(key) !== value)
  await storage.commit([...gone, ...changed.map(([key, value]) => ({ put: key, value: Buffer.from(value) }))])
}
