import { decodeRecord, encodeRecord, untilCommitted, type Entry, type Storage } from '@chatelaine/sdk'
import { Attested } from '../attested.js'
import type { Manifest } from '../manifest.js'
import type { AuditedHeaders } from './record.js'

/** One enabled device as it is stored. Both keys are base64 of 32 random bytes and never leave the barrier. */
export interface DeviceEntry {
  readonly uuid: string
  /** With its trailing slash. */
  readonly path: string
  readonly type: string
  readonly description: string
  readonly local: boolean
  readonly options: Readonly<Record<string, string>>
  readonly salt: string
  readonly chainKey: string
}

/** Everything auditing keeps: one record, so that a request learns with one read whether anything changed. */
export interface AuditTable {
  readonly devices: readonly DeviceEntry[]
  readonly headers: AuditedHeaders
}

export const tableKey = 'core/audit'

const empty = { revision: 0n, value: { devices: [], headers: {} } satisfies AuditTable }

/** The stored table. It is asked for every time; storage says by its revision when it must be parsed again. */
export class StoredTable {
  readonly #manifest: Manifest
  readonly #parsed: Attested<AuditTable>

  constructor(storage: Storage, manifest: Manifest) {
    this.#manifest = manifest
    this.#parsed = new Attested(storage, manifest, (entry: Entry) => decodeRecord<AuditTable>(entry.value))
  }

  /** Of the table as storage has it, for who calls `read` when it is a new one. */
  revision(): Promise<bigint> {
    return this.#parsed.revision(tableKey)
  }

  async read(): Promise<{ readonly revision: bigint; readonly value: AuditTable }> {
    return (await this.#parsed.get(tableKey)) ?? empty
  }

  /** Stores what `change` makes of the table; asked again when another node was faster. */
  async change(change: (table: AuditTable) => AuditTable): Promise<void> {
    await untilCommitted(async () => {
      const { revision, value } = await this.read()
      const write = { put: tableKey, value: encodeRecord(change(value)) }
      return this.#manifest.commit([write], [{ key: tableKey, revision }])
    })
  }

  clear(): void {
    this.#parsed.clear()
  }
}
