import { createHash } from 'node:crypto'
import { reservedKeys } from '@chatelaine/barrier'

/** One entry on its way from a storage to a file or another storage. */
export interface SnapshotRecord {
  readonly key: string
  readonly value: Uint8Array
}

/** The caretaker's election. It belongs to nodes that run, not to what is kept. */
export const electionKey = 'core/lock'

/** What makes a storage a Vault. Written last and in one commit, so that a storage filled in part is not taken for one. */
export const lastKeys: ReadonlySet<string> = new Set(Object.values(reservedKeys))

const PREFIX = 8

/** Two lengths, the key, the value: as they stand in a file, and as they are summed up. */
export function recordPrefix(keyLength: number, valueLength: number): Buffer {
  const bytes = Buffer.allocUnsafe(PREFIX)
  bytes.writeUInt32BE(keyLength, 0)
  bytes.writeUInt32BE(valueLength, 4)
  return bytes
}

/** What a storage holds, in short: two are alike where these are. */
export interface Sum {
  readonly count: number
  /** Of keys and values. */
  readonly bytes: number
  readonly sha256: string
}

/** Sums up records in key order. `lastKeys` and the election do not count: those are judged one by one. */
export class Summing {
  readonly #hash = createHash('sha256')
  #count = 0
  #bytes = 0

  add({ key, value }: SnapshotRecord): void {
    if (key === electionKey || lastKeys.has(key)) return
    const name = Buffer.from(key)
    this.#hash.update(recordPrefix(name.length, value.length)).update(name).update(value)
    this.#count += 1
    this.#bytes += name.length + value.length
  }

  sum(): Sum {
    return { count: this.#count, bytes: this.#bytes, sha256: this.#hash.copy().digest('hex') }
  }
}

export const alike = (a: Sum, b: Sum): boolean => a.count === b.count && a.sha256 === b.sha256
