import { createHash } from 'node:crypto'
import { decodeRecord, encodeRecord, Parsed, turns, type Guard, type Storage, type Write } from '@chatelaine/sdk'
import { ManifestError } from './errors.js'

/** What each record is that must neither be missing nor be an older one: its key, and a digest of what was written there last. */
interface Kept {
  readonly version: 1
  readonly records: Readonly<Record<string, string>>
}

export const manifestKey = 'core/manifest'
const nothing: Kept = { version: 1, records: {} }
const attempts = 8

export const digestOf = (value: Uint8Array): string => createHash('sha256').update(value).digest('base64').slice(0, 24)

/**
 * Every record that passes the barrier is authentic by itself. What the Vault relies on as a set is authentic only together: a storage
 * that loses the record of a deny policy, or gives back the audit table of last week, changes who may do what. So the audit table, the
 * mount table and all policies are named in one record, with a digest of each, which changes in the same commit as they do.
 * It is asked only when a record has a new revision, or is not there.
 */
export class Manifest {
  readonly #storage: Storage
  readonly #parsed: Parsed<Kept>
  readonly #catchUp: () => Promise<void>
  readonly #turn = turns()
  #required = false
  #noticed = 0

  constructor(storage: Storage, catchUp: () => Promise<void> = async () => undefined) {
    this.#storage = storage
    this.#catchUp = catchUp
    this.#parsed = new Parsed(storage, ({ value }) => decodeRecord<Kept>(value))
  }

  /** From now on it must be there. */
  require(): void {
    this.#required = true
  }

  /** How often a record was not what it says. */
  get noticed(): number {
    return this.#noticed
  }

  /** Whether `key` is one of its records. */
  async names(key: string): Promise<boolean> {
    return (await this.#read()).kept.records[key] !== undefined
  }

  /** As Storage's: every write is to a record that it keeps. Writers of one node take turns: all of them change this one record. */
  commit(writes: readonly Write[], guards: readonly Guard[] = []): Promise<boolean> {
    return this.#turn(manifestKey, async () => {
      const { kept, revision } = await this.#read()
      const records = { ...kept.records }
      for (const write of writes) {
        if ('put' in write) records[write.put] = digestOf(write.value)
        else delete records[write.remove]
      }
      const value = encodeRecord({ ...kept, records } satisfies Kept)
      return this.#storage.commit([...writes, { put: manifestKey, value }], [...guards, { key: manifestKey, revision }])
    })
  }

  /**
   * Gives what `get` does, once it is what was written last; throws when it is not. `get` asks storage: a record that is the same before and
   * after the manifest was read was there together with it.
   */
  async attest<T extends { readonly revision: bigint; readonly value: { readonly digest: string } }>(
    key: string,
    get: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    for (let i = 0; i < attempts; i++) {
      const found = await get()
      const { kept } = await this.#read()
      const same = (await get())?.revision === found?.revision
      if (same && kept.records[key] === found?.value.digest) return found
      // What was read from two places may be of two moments, until this node has seen everything.
      await this.#catchUp()
    }
    this.#noticed += 1
    throw ManifestError.notAsWritten({ key })
  }

  clear(): void {
    this.#parsed.clear()
  }

  async #read(): Promise<{ readonly kept: Kept; readonly revision: bigint }> {
    const found = await this.#parsed.get(manifestKey)
    if (!found && this.#required) {
      this.#noticed += 1
      throw ManifestError.lost()
    }
    return { kept: found?.value ?? nothing, revision: found?.revision ?? 0n }
  }
}
