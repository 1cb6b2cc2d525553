import { VaultError, type AuditType, type Clock, type Storage } from '@chatelaine/sdk'
import { randomBytes, uuid, zero, type Random } from '@chatelaine/crypto'
import { Type as T, type TObject } from 'typebox'
import { heavyWeight } from './bound.js'
import { lineOptionFields } from './options.js'
import { Manifest } from '../manifest.js'
import { AuditError } from './errors.js'
import type { AnswerFacts, AuditFacts } from './facts.js'
import { Hashing } from './hashing.js'
import { Outlet, type AuditLog, type OutletCounts, type OutletWorld, type Render } from './outlet.js'
import { requestRecord, responseRecord, type AuditedHeaders } from './record.js'
import { StoredTable, type AuditTable, type DeviceEntry } from './table.js'

export interface AuditBrokerOptions {
  /** The barrier: what is kept there includes the salts. */
  readonly storage: Storage
  readonly manifest?: Manifest
  readonly types: readonly AuditType[]
  readonly clock: Clock
  readonly log: AuditLog
  readonly random?: Random
  /** How long one device may take over one record. */
  readonly timeoutMs?: number
}

export interface EnableOptions {
  readonly type: string
  readonly description?: string | undefined
  readonly options?: Readonly<Record<string, string>> | undefined
  readonly local?: boolean | undefined
}

/** A device as `sys/audit` shows it. */
export type ListedDevice = Pick<DeviceEntry, 'type' | 'description' | 'path' | 'local' | 'options'>

/**
 * Writes every request and every answer to all enabled devices. Where any is enabled, at least one must have taken
 * the record, or `request` and `response` throw `AuditError.failed` and nothing may leave.
 *
 * Which devices are enabled stands in storage, because any node may change it. `request` looks there each time and
 * opens or closes devices when the table's revision is a new one. `response` does not look again: what it finds open is
 * at least as new as what its own request found.
 */
export class AuditBroker {
  readonly #table: StoredTable
  readonly #world: OutletWorld
  readonly #random: Random
  #outlets: readonly Outlet[] = []
  #headers: AuditedHeaders = {}
  #revision: bigint | undefined
  #turn: Promise<void> = Promise.resolve()
  #closed = false

  constructor({ storage, manifest = new Manifest(storage), types, clock, log, random = randomBytes, timeoutMs = 2000 }: AuditBrokerOptions) {
    this.#table = new StoredTable(storage, manifest)
    this.#random = random
    const newId = () => Buffer.from(random(8)).toString('hex')
    this.#world = { types, clock, log, newId, timeoutMs }
  }

  /** What is known of the options of all types, as they are read. */
  get options(): TObject {
    return T.Object(Object.assign({ ...lineOptionFields }, ...this.#world.types.map(({ options }) => options?.properties ?? {})) as typeof lineOptionFields)
  }

  /** Call before the request runs. */
  async request(facts: AuditFacts): Promise<void> {
    if ((await this.#table.revision()) !== this.#revision) await this.#follow()
    if (this.#outlets.length === 0 && !this.#closed) return
    const weights = { request: await heavyWeight(facts.request.input) }
    const time = this.#now()
    await this.#broadcast((rendering) => requestRecord(time, facts, rendering, weights))
  }

  /** Call before the answer leaves, also when the answer is an error. */
  async response(facts: AnswerFacts): Promise<void> {
    if (this.#revision === undefined) await this.#follow()
    if (this.#outlets.length === 0 && !this.#closed) return
    const weights = { request: await heavyWeight(facts.request.input), response: await heavyWeight(facts.response?.data) }
    const time = this.#now()
    await this.#broadcast((rendering) => responseRecord(time, facts, rendering, weights))
  }

  /** Opens the device, writes a test record to it and opens it again; only then it is enabled, here and on every other node. */
  async enable(path: string, { type, description = '', options = {}, local = false }: EnableOptions): Promise<void> {
    const at = normalPath(path)
    if (!this.#world.types.some((known) => known.type === type)) throw AuditError.unknownType({ known: this.#world.types.map((known) => known.type) })
    refuseTaken((await this.#table.read()).value, at)
    const key = () => base64Key(this.#random)
    const entry = { uuid: uuid(), path: at, type, description, local, options, salt: key(), chainKey: key() }
    await this.#tryOut(entry)
    await this.#reopen(entry)
    await this.#table.change((table) => {
      refuseTaken(table, at)
      return { ...table, devices: [...table.devices, entry] }
    })
    await this.#follow()
  }

  /** Disabling what is not enabled is no error, as in Vault. */
  async disable(path: string): Promise<void> {
    const at = normalPath(path)
    const { value } = await this.#table.read()
    if (!value.devices.some((device) => device.path === at)) return
    await this.#table.change((table) => ({ ...table, devices: table.devices.filter((device) => device.path !== at) }))
    await this.#follow()
  }

  async list(): Promise<Record<string, ListedDevice>> {
    const { value } = await this.#table.read()
    return Object.fromEntries(
      value.devices.map(({ type, description, path, local, options }) => [
        path, { type, description, path, local, options },
      ]),
    )
  }

  /** What `input` looks like in the log of the device at `path`. */
  async hash(path: string, input: string): Promise<string> {
    const { salt } = await this.#find(path)
    const hashing = new Hashing(bytesOf(salt), { hmacAccessor: true, logRaw: false })
    try {
      return hashing.hash(input)
    } finally {
      hashing.close()
    }
  }

  /**
   * The key `verifyChain` takes for the log of the device at `path`. Whoever has it can forge that log; fill it with
   * zeros after use.
   */
  async chainKey(path: string): Promise<Uint8Array> {
    return bytesOf((await this.#find(path)).chainKey)
  }

  /** The request headers that are written down, by lower-cased name. */
  async headers(): Promise<AuditedHeaders> {
    return (await this.#table.read()).value.headers
  }

  /** Writes the header down from now on, or with `undefined` no longer. */
  async setHeader(name: string, setting: { readonly hmac: boolean } | undefined): Promise<void> {
    const header = normalHeader(name)
    await this.#table.change(({ devices, headers: { [header]: _, ...headers } }) => ({
      devices,
      headers: setting ? { ...headers, [header]: { hmac: setting.hmac } } : headers,
    }))
  }

  /** How each device on this node has fared since it was opened. */
  counts(): ReadonlyMap<string, OutletCounts> {
    return new Map(this.#outlets.map(({ entry, counts }) => [entry.path, counts]))
  }

  /** Reopens every device: after log rotation, on SIGHUP. */
  async reload(): Promise<void> {
    await Promise.all(this.#outlets.map((outlet) => outlet.reload()))
  }

  /** Afterwards every request and answer is refused: what cannot be written down must not happen. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#turn.catch(() => undefined)
    const outlets = this.#outlets
    this.#outlets = []
    this.#table.clear()
    await Promise.all(outlets.map((outlet) => outlet.close()))
  }

  async #broadcast(render: Render): Promise<void> {
    // No waiting between finding the outlets and writing to them: one that is disabled meanwhile closes after that.
    const written = await Promise.all(this.#outlets.map((outlet) => outlet.write(render, this.#headers)))
    if (!written.includes(true)) throw AuditError.failed()
  }

  /** Brings the open devices into step with the table, one change after another. */
  #follow(): Promise<void> {
    const turn = this.#turn.catch(() => undefined).then(() => this.#reconcile())
    this.#turn = turn
    return turn
  }

  async #reconcile(): Promise<void> {
    // Read inside the turn, so that two turns cannot apply their tables in the wrong order.
    const { revision, value } = await this.#table.read()
    if (revision === this.#revision || this.#closed) return
    const kept = this.#outlets.filter(({ entry }) => value.devices.some(({ uuid }) => uuid === entry.uuid))
    const added = value.devices.filter(({ uuid }) => !kept.some(({ entry }) => entry.uuid === uuid))
    const gone = this.#outlets.filter((outlet) => !kept.includes(outlet))
    // An outlet opens its device at the first record: where one cannot be opened, it counts as one that cannot write.
    this.#outlets = [...kept, ...added.map((entry) => new Outlet(entry, this.#world))]
    this.#headers = value.headers
    this.#revision = revision
    await Promise.all(gone.map((outlet) => outlet.close()))
  }

  async #tryOut(entry: DeviceEntry): Promise<void> {
    const outlet = new Outlet(entry, this.#world)
    try {
      await outlet.open()
      const facts = {
        requestId: uuid(),
        operation: 'update',
        request: { verb: 'write', path: 'sys/audit/test', input: {} },
      } as const
      const time = this.#now()
      const written = await outlet.write((rendering) => requestRecord(time, facts, rendering), {})
      if (!written) throw AuditError.cannotWrite({ type: entry.type })
    } catch (error) {
      throw notEnabled(entry, error)
    } finally {
      await outlet.close()
    }
  }

  /** What was made while it was enabled may not be to the device's liking later; in the table, it would let nothing pass. */
  async #reopen(entry: DeviceEntry): Promise<void> {
    const outlet = new Outlet(entry, this.#world)
    try {
      await outlet.open(false)
    } catch (error) {
      throw notEnabled(entry, error)
    } finally {
      await outlet.close()
    }
  }

  async #find(path: string): Promise<DeviceEntry> {
    const at = path.endsWith('/') ? path : `${path}/`
    const { value } = await this.#table.read()
    const found = value.devices.find((device) => device.path === at)
    if (!found) throw AuditError.unknownDevice()
    return found
  }

  #now(): string {
    return this.#world.clock.now().toISOString()
  }
}

function notEnabled({ type }: DeviceEntry, error: unknown): unknown {
  if (error instanceof VaultError && !AuditError.timedOut.is(error)) return error
  return AuditError.cannotWrite({ type }, { cause: error })
}

function normalPath(path: string): string {
  const at = path.replace(/\/$/, '')
  const names = at.split('/')
  if (names.every((name) => /^[\w.-]+$/.test(name) && name !== '.' && name !== '..')) return `${at}/`
  throw AuditError.badPath()
}

function normalHeader(name: string): string {
  const header = name.toLowerCase()
  if (/^[a-z0-9!#$%&'*+.^_`|~-]{1,128}$/.test(header) && header !== '__proto__') return header
  throw AuditError.badHeader()
}

/** As with mounts, one path may not lie under another. */
function refuseTaken({ devices }: AuditTable, at: string): void {
  if (devices.some(({ path }) => path.startsWith(at) || at.startsWith(path))) throw AuditError.pathInUse()
}

function base64Key(random: Random): string {
  const key = random(32)
  const text = Buffer.from(key).toString('base64')
  zero(key)
  return text
}

const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'))
