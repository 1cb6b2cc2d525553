import { createHash } from 'node:crypto'
import type { StorageSnapshot } from '@chatelaine/sdk'
import { SnapshotError } from './errors.js'
import { electionKey, recordPrefix } from './record.js'

/** The first line of a container (docs/format.md). */
export interface Header {
  readonly format: 'chatelaine-snapshot'
  readonly version: 1
  readonly created: string
  /** The type of the storage it was taken from, and that storage's revision. */
  readonly storage: string
  readonly revision: string
  /** What the storage had; the caretaker's election among it is left out. */
  readonly count: number
  readonly cluster?: string
}

/** The last line: what was really written. `sha256` is of every byte before this line. */
export interface Trailer {
  readonly count: number
  /** Of keys and values. */
  readonly bytes: number
  readonly sha256: string
}

export type Facts = Pick<Header, 'created' | 'storage' | 'cluster'>

/** About this much is handed on at once. */
const CHUNK = 0x1_0000

/**
 * All that a storage holds as a stream of bytes: a line, records, a line. Values are what the barrier made of them. The snapshot
 * is taken when the first byte is asked for, and let go of when the last was, or when the reader turns away.
 */
export async function* containerOf(
  take: () => Promise<StorageSnapshot>,
  facts: Facts,
  progress: (entries: number, of: number) => void = () => undefined,
): AsyncGenerator<Buffer> {
  const snapshot = await take()
  const hash = createHash('sha256')
  const [counts, waiting] = [{ seen: 0, count: 0, bytes: 0 }, new Waiting()]
  const hashed = (chunk: Buffer) => {
    hash.update(chunk)
    return chunk
  }
  try {
    const { revision, count } = snapshot
    const { created, storage, cluster } = facts
    const header: Header = { format: 'chatelaine-snapshot', version: 1, created, storage, revision: String(revision), count, ...(cluster && { cluster }) }
    yield hashed(Buffer.from(`${JSON.stringify(header)}\n`))
    for await (const { key, value } of snapshot.entries) {
      progress((counts.seen += 1), count)
      if (key === electionKey) continue
      const name = Buffer.from(key)
      counts.count += 1
      counts.bytes += name.length + value.length
      waiting.add(recordPrefix(name.length, value.length), name, value)
      if (waiting.size >= CHUNK) yield hashed(waiting.take())
    }
    if (counts.seen !== count) throw SnapshotError.changed()
    waiting.add(recordPrefix(0, 0))
    yield hashed(waiting.take())
    const trailer: Trailer = { count: counts.count, bytes: counts.bytes, sha256: hash.digest('hex') }
    yield Buffer.from(`${JSON.stringify(trailer)}\n`)
  } finally {
    await snapshot.close()
  }
}

class Waiting {
  #pieces: Uint8Array[] = []
  size = 0

  add(...pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) this.size += piece.length
    this.#pieces.push(...pieces)
  }

  take(): Buffer {
    const whole = Buffer.concat(this.#pieces)
    this.#pieces = []
    this.size = 0
    return whole
  }
}
