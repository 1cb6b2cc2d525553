import { uuid } from '@chatelaine/crypto'
import { view, type Engine, type Storage, type World } from '@chatelaine/sdk'
import { MountError } from '../errors.js'
import { addressOf, isFixed, isOwn, newMount, storagePrefix, type MountConfig, type MountEntry, type Move, type NewMount } from './entry.js'
import type { Catalogue, Mounts } from './table.js'

export interface ChangeContext {
  readonly mounts: Mounts
  readonly storage: Storage
  readonly catalogue: Catalogue
  readonly world: (entry: MountEntry) => World
  /** The longest lease of a mount that says nothing of it. */
  readonly systemMaxTtl: number
  /** Revokes the tokens that an auth method has let in through `address`. */
  readonly revokeMade: (address: string) => Promise<void>
}

const overlaps = (a: string, b: string) => a !== b && (a.startsWith(b) || b.startsWith(a))

/** `kv-v2` is short for kv with the option version=2. */
function expand(given: NewMount): NewMount {
  const found = /^(\w+)-v(\d+)$/.exec(given.type)
  return found ? { ...given, type: found[1] ?? '', options: { ...given.options, version: found[2] ?? '' } } : given
}

/** Adds a mount. Its storage is prepared before the table names it, so no request can find it half made. */
export async function enable(context: ChangeContext, given: NewMount): Promise<MountEntry> {
  const { mounts, catalogue } = context
  const entry = newMount(expand(given))
  const engine = engineFor(catalogue, entry)
  const { default_lease_ttl: least, max_lease_ttl: most } = entry.config
  if (least > (most > 0 ? most : context.systemMaxTtl)) throw MountError.ttlOrder()
  const present = (await mounts.all()).map((mount) => mount.entry)
  // A second `sys` would be the first one again, at a path where nobody expects to need its permissions.
  if (present.some((one) => one.type === entry.type && isOwn(one))) throw MountError.onlyOne({ type: entry.type })
  checkFree(present, entry)
  await engine.mounted?.(context.world(entry), entry.options ?? {})
  await mounts.change((entries) => {
    checkFree(entries, entry)
    return [...entries, entry]
  })
  return entry
}

/** Addresses that no secrets engine of an operator's may have: policies and clients know each as something of the server's own. */
const reserved = ['auth/', 'audit/', 'identity/']

function checkFree(entries: readonly MountEntry[], { kind, path }: Pick<MountEntry, 'kind' | 'path'>): void {
  const address = addressOf({ kind, path })
  const kept = kind === 'secret' && reserved.find((prefix) => address.startsWith(prefix))
  if (kept) throw MountError.reserved({ path: kept })
  const taken = entries.find((entry) => addressOf(entry) === address)
  if (taken) throw MountError.inUse({ path: taken.path })
  const covered = entries.find((entry) => overlaps(addressOf(entry), address))
  if (covered) throw MountError.overlaps({ path: addressOf(covered) })
}

/** Removes a mount, if there is one: first so that no request reaches it, then whom it let in and what it keeps, then its row. */
export async function disable(context: ChangeContext, { kind, path }: Pick<MountEntry, 'kind' | 'path'>): Promise<void> {
  refuseFixed({ kind, path })
  if (await context.mounts.at(kind, path)) {
    await context.mounts.change((entries) =>
      entries.map((entry) => (entry.kind === kind && entry.path === path ? { ...entry, removing: true } : entry)),
    )
  }
  await finishRemovals(context)
}

/**
 * Carries every removal that was begun to its end, also past one that fails; then throws what the first has failed with. Safe to run on
 * several nodes, and again after a crash.
 */
export async function finishRemovals({ mounts, storage, revokeMade }: ChangeContext): Promise<void> {
  const failures: unknown[] = []
  for (const entry of await mounts.leaving()) {
    try {
      if (entry.kind === 'auth') await revokeMade(addressOf(entry))
      await empty(view(storage, storagePrefix(entry)), '')
      await mounts.change((entries) => entries.filter(({ uuid }) => uuid !== entry.uuid))
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

const keptMoves = 10

/** Moves a mount. Records lie under its uuid, so none of them is touched. Whom an auth method let in must come again. */
export async function move(context: ChangeContext, from: Pick<MountEntry, 'kind' | 'path'>, to: Pick<MountEntry, 'kind' | 'path'>): Promise<Move> {
  refuseFixed(from)
  refuseFixed(to)
  if (from.kind !== to.kind) throw MountError.kinds()
  const made: Move = { id: uuid(), from: addressOf(from), to: addressOf(to) }
  await context.mounts.change((entries) => {
    const moved = entries.find((entry) => entry.kind === from.kind && entry.path === from.path && !entry.removing)
    if (!moved) throw MountError.missingAuth()
    const others = entries.filter((entry) => entry !== moved)
    checkFree(others, to)
    return [...others, { ...moved, ...to, moves: [...(moved.moves ?? []), made].slice(-keptMoves) }]
  })
  if (from.kind === 'auth') await context.revokeMade(addressOf(from))
  return made
}

/** Which version a mount had, and which it has now. */
export interface Upgrade {
  readonly from: string
  readonly to: string
}

export interface Tuning {
  readonly description?: string | undefined
  readonly options?: Readonly<Record<string, string>> | undefined
  readonly config: Partial<MountConfig>
}

/**
 * Changes what an operator may change. A new `version` option takes effect first, so that nothing more is written in the old
 * form, and then the engine turns over what is there. Versions only grow. Answers with the step, if there was one.
 */
export async function tune(context: ChangeContext, at: Pick<MountEntry, 'kind' | 'path'>, tuning: Tuning): Promise<Upgrade | undefined> {
  const mount = await context.mounts.at(at.kind, at.path)
  if (!mount) throw at.kind === 'auth' ? MountError.missingAuth() : MountError.missing()
  const before = mount.engine.version
  const version = tuning.options?.['version'] || before
  const grows = version !== undefined && version !== before
  if (grows) checkUpgrade(context.catalogue, mount.entry, before ?? '', version)
  const from = grows && before !== undefined ? { upgrading_from: before } : {}
  await context.mounts.change((entries) =>
    entries.map((entry) => (entry.uuid === mount.entry.uuid ? { ...tuned(entry, tuning, context.systemMaxTtl), ...from } : entry)),
  )
  if (grows) await finishUpgrades(context)
  return grows ? { from: before ?? '', to: version } : undefined
}

/** The engine of a row, or the reason why there is none: an unknown type, or a type without the version asked for. */
function engineFor(catalogue: Catalogue, { kind, type, options }: Pick<MountEntry, 'kind' | 'type' | 'options'>): Engine {
  const engine = catalogue.find(kind, type, options?.['version'])
  if (engine) return engine
  const versions = catalogue.versions(kind, type)
  throw versions.length > 0 ? MountError.unknownVersion({ versions }) : MountError.unknownType({ known: catalogue.types(kind) })
}

function checkUpgrade(catalogue: Catalogue, { kind, type }: MountEntry, before: string, version: string): void {
  const next = catalogue.find(kind, type, version)
  if (next?.version !== version) throw MountError.unknownVersion({ versions: catalogue.versions(kind, type) })
  if (!next.upgrade || Number(version) < Number(before)) throw MountError.downgrade({ version: before })
}

/** Carries every upgrade that was begun to its end. Safe to run on several nodes, and again after a crash. */
export async function finishUpgrades({ mounts, world }: ChangeContext): Promise<void> {
  for (const { entry, engine } of await mounts.all()) {
    if (entry.upgrading_from === undefined) continue
    await engine.upgrade?.(world(entry), entry.upgrading_from)
    await mounts.change((entries) => entries.map((one) => (one.uuid === entry.uuid ? settled(one) : one)))
  }
}

const settled = ({ upgrading_from: _, ...entry }: MountEntry): MountEntry => entry

function tuned(entry: MountEntry, { description, options, config }: Tuning, systemMaxTtl: number): MountEntry {
  const changed = { ...entry.config, ...config }
  const { default_lease_ttl: least } = changed
  const most = changed.max_lease_ttl > 0 ? changed.max_lease_ttl : systemMaxTtl
  if (least > most) throw MountError.ttlCrossed({ least, most })
  // An empty version is none: it would be read as another one than the mount has.
  const given = Object.entries(options ?? {}).filter(([name, value]) => name !== 'version' || value !== '')
  return {
    ...entry,
    ...(description !== undefined && { description }),
    ...(given.length > 0 && { options: { ...entry.options, ...Object.fromEntries(given) } }),
    config: changed,
  }
}

function refuseFixed(at: Pick<MountEntry, 'kind' | 'path'>): void {
  if (isFixed(at)) throw MountError.reserved({ path: addressOf(at) })
}

const page = 500
/** Every store takes so many writes in one commit. */
const chunk = 50

/** Removes every record under `prefix`, in commits small enough for any store. */
export async function empty(storage: Storage, prefix: string): Promise<void> {
  for (;;) {
    const names = await storage.list(prefix, { limit: page })
    if (names.length === 0) return
    for (const folder of names.filter((name) => name.endsWith('/'))) await empty(storage, prefix + folder)
    const plain = names.filter((name) => !name.endsWith('/'))
    while (plain.length > 0) await storage.commit(plain.splice(0, chunk).map((name) => ({ remove: prefix + name })))
  }
}
