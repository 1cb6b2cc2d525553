import {
  decodeRecord, encodeRecord, engine, records, router, untilCommitted, view,
  type Clock, type DocumentedMount, type Engine, type Guard, type MountFacts, type Records, type Router, type Storage,
} from '@chatelaine/sdk'
import { Attested } from '../attested.js'
import { CoreError } from '../errors.js'
import { Manifest } from '../manifest.js'
import { addressOf, storagePrefix, type MountEntry } from './entry.js'

export const tableKey = 'core/mounts'

/** A mount ready to take requests. */
export interface Mounted {
  readonly entry: MountEntry
  /** As requests spell it: `secret/`, `auth/token/`. */
  readonly address: string
  readonly engine: Engine
  readonly router: Router
  readonly storage: Storage
  readonly records: Records
  readonly facts: MountFacts
  readonly clock: Clock
}

/** A mount as the OpenAPI document shows it, under one of the tags that Vault's documents have. */
export const documented = ({ address, engine, entry }: Mounted): DocumentedMount => ({
  address, engine, tag: entry.kind === 'auth' ? 'auth' : entry.type === 'system' ? 'system' : 'secrets',
})

/** A request's mount, and what of the path is left for it. */
export interface Route {
  readonly mount: Mounted
  readonly rest: string
}

/** The engines this server was built with, by kind, type and version. */
export interface Catalogue {
  find(kind: MountEntry['kind'], type: string, version: string | undefined): Engine | undefined
  types(kind: MountEntry['kind']): readonly string[]
  /** The versions that a mount of `type` may have; none where the type has only one shape, or is unknown. */
  versions(kind: MountEntry['kind'], type: string): readonly string[]
}

export interface Ttls {
  readonly defaultLeaseTtl: number
  readonly maxLeaseTtl: number
}

interface Table {
  readonly entries: readonly MountEntry[]
  readonly mounts: ReadonlyMap<string, Mounted>
  readonly deepest: number
}

export interface MountsOptions {
  readonly storage: Storage
  readonly manifest?: Manifest
  readonly catalogue: Catalogue
  readonly ttls: Ttls
  readonly clock: Clock
  readonly judge?: ((engine: Engine) => Engine) | undefined
}

/**
 * What is mounted where. The whole table is one record: a request asks storage for its revision and uses the parsed table
 * as long as that is the same, so a mount made on one node is seen by the next request on every other.
 */
export class Mounts {
  readonly #options: MountsOptions
  readonly #manifest: Manifest
  readonly #parsed: Attested<Table>

  constructor(options: MountsOptions) {
    this.#options = options
    this.#manifest = options.manifest ?? new Manifest(options.storage)
    this.#parsed = new Attested(options.storage, this.#manifest, ({ value }) => this.#compile(decodeRecord<MountEntry[]>(value)))
  }

  /** The mount with the longest address that `path` begins with. A mount's own name without its slash leads there too. */
  async route(path: string): Promise<Route | undefined> {
    return routeIn(await this.#table(), path)
  }

  /** The spelling of any address that a policy judges, by the mounts of now. */
  async spelling(): Promise<(path: string) => string> {
    const table = await this.#table()
    return (path) => {
      const route = routeIn(table, path)
      const [judged] = route?.mount.router.judged(route.rest) ?? []
      return route && judged !== undefined ? route.mount.address + judged : path
    }
  }

  /** What a policy judges for a request to `path`, whatever it asks: the spelling that is acted on first, then all others. */
  async judged(path: string): Promise<readonly string[]> {
    return (await this.judging())(path)
  }

  /** The same for many paths, by the mounts of now. */
  async judging(): Promise<(path: string) => readonly string[]> {
    const table = await this.#table()
    return (path) => {
      const route = routeIn(table, path)
      if (!route) return [path]
      const { mount, rest } = route
      const all = mount.router.judged(rest).map((address) => mount.address + address)
      return all.includes(path) ? all : [...all, path]
    }
  }

  async all(): Promise<readonly Mounted[]> {
    return [...(await this.#table()).mounts.values()]
  }

  async at(kind: MountEntry['kind'], path: string): Promise<Mounted | undefined> {
    const found = (await this.#table()).mounts.get(addressOf({ kind, path }))
    // A secrets engine at `auth/x` would be the auth method `x`, under a name that needs other permissions.
    return found?.entry.kind === kind ? found : undefined
  }

  /** Rows of mounts that are on their way out. */
  async leaving(): Promise<readonly MountEntry[]> {
    return (await this.#table()).entries.filter(({ removing }) => removing)
  }

  /** A guard for what may only happen while `mount` takes requests; throws when it does not any more. */
  async standing(mount: Mounted): Promise<Guard> {
    const found = await this.#parsed.get(tableKey)
    const now = found?.value.mounts.get(mount.address)
    if (!found || now?.entry.uuid !== mount.entry.uuid) throw CoreError.noHandler({ path: mount.address })
    return { key: tableKey, revision: found.revision }
  }

  /**
   * Changes the table in one guarded commit: `edit` gets the rows and returns the new ones, and may be called again when
   * another node was faster. Refuses to be left with two mounts whose paths hide one another.
   */
  async change(edit: (entries: readonly MountEntry[]) => readonly MountEntry[]): Promise<void> {
    await untilCommitted(async () => {
      const current = await this.#parsed.get(tableKey)
      const entries = edit(current?.value.entries ?? [])
      return this.#manifest.commit(
        [{ put: tableKey, value: encodeRecord(entries) }],
        [{ key: tableKey, revision: current?.revision ?? 0n }],
      )
    })
  }

  /** What was decoded goes with the table: nothing that was read stays behind when the vault is sealed. */
  clear(): void {
    this.#parsed.clear()
  }

  async #table(): Promise<Table> {
    const found = await this.#parsed.get(tableKey)
    return found?.value ?? { entries: [], mounts: new Map(), deepest: 0 }
  }

  #compile(entries: readonly MountEntry[]): Table {
    const there = entries.filter(({ removing }) => !removing)
    const mounts = new Map(there.map((entry) => [addressOf(entry), this.#mounted(entry)]))
    const deepest = Math.max(0, ...[...mounts.keys()].map((address) => address.split('/').length - 1))
    return { entries, mounts, deepest }
  }

  #mounted(entry: MountEntry): Mounted {
    const { storage, catalogue, ttls, clock, judge = (engine: Engine) => engine } = this.#options
    const found = catalogue.find(entry.kind, entry.type, entry.options?.['version']) ?? absent(entry.type)
    const address = addressOf(entry)
    const own = (seconds: number, system: number) => (seconds > 0 ? seconds : system)
    const maxLeaseTtl = own(entry.config.max_lease_ttl, ttls.maxLeaseTtl)
    const facts: MountFacts = {
      path: address,
      accessor: entry.accessor,
      options: entry.options ?? {},
      defaultLeaseTtl: Math.min(own(entry.config.default_lease_ttl, ttls.defaultLeaseTtl), maxLeaseTtl),
      maxLeaseTtl,
    }
    const below = view(storage, storagePrefix(entry))
    return { entry, address, engine: found, router: router(judge(found)), storage: below, records: records(below), facts, clock }
  }
}

/** Stands in for an engine that this build lacks: its mount answers nothing and keeps what it has, and no other mount suffers. */
const absent = (type: string): Engine => engine({ type, help: 'This server was built without this engine.', paths: [] })

function routeIn({ mounts, deepest }: Pick<Table, 'mounts' | 'deepest'>, path: string): Route | undefined {
  const slashed = path.endsWith('/') ? path : `${path}/`
  let end = -1
  const ends: number[] = []
  while (ends.length < deepest && (end = slashed.indexOf('/', end + 1)) >= 0) ends.push(end + 1)
  for (const at of ends.reverse()) {
    const mount = mounts.get(slashed.slice(0, at))
    if (mount) return { mount, rest: path.slice(at) }
  }
  return undefined
}
