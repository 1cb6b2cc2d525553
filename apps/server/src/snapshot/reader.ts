import { createHash } from 'node:crypto'
import { compareKeys } from '@chatelaine/sdk'
import type { Header, Trailer } from './container.js'
import { SnapshotError } from './errors.js'
import { Pieces } from './pieces.js'
import type { SnapshotRecord } from './record.js'

/** What no honest container has, and what would fill the memory before its checksum tells. */
const LONGEST_LINE = 0x1_0000
const LONGEST_KEY = 0x1_0000
const LARGEST_VALUE = 0x1000_0000

const damaged = (problem: string) => SnapshotError.damaged({ problem })

/**
 * Takes a container's bytes as they come and gives its records. Everything is checked on the way: that keys rise, that the
 * trailer comes, that it counts and sums up to what was there, that nothing follows. Only after `end` are the records known to
 * be all of them, so nothing may be made of them that could not be thrown away.
 */
export class ContainerReader {
  header: Header | undefined
  trailer: Trailer | undefined
  readonly #pieces = new Pieces()
  readonly #hash = createHash('sha256')
  #prefix: { readonly key: number; readonly value: number } | undefined
  #ended = false
  #before = ''
  #count = 0
  #bytes = 0

  take(chunk: Uint8Array): SnapshotRecord[] {
    this.#pieces.push(chunk)
    if (!this.header && !this.#takeHeader()) return []
    const records: SnapshotRecord[] = []
    for (let record = this.#next(); record; record = this.#next()) records.push(record)
    if (this.#ended) this.#takeTrailer()
    return records
  }

  end(): { readonly header: Header; readonly trailer: Trailer } {
    const { header, trailer } = this
    if (!header || !trailer) throw damaged('it ends too early')
    return { header, trailer }
  }

  #takeHeader(): boolean {
    const line = this.#takeLine('it does not begin as a snapshot does')
    if (!line) return false
    this.#hash.update(line)
    const header = parsed<Header>(line, 'it does not begin as a snapshot does')
    if (header.format !== 'chatelaine-snapshot') throw damaged('it does not begin as a snapshot does')
    if (header.version !== 1) throw SnapshotError.newerFormat({ version: header.version })
    this.header = header
    return true
  }

  #next(): SnapshotRecord | undefined {
    if (this.#ended) return undefined
    const prefix = (this.#prefix ??= this.#takePrefix())
    if (!prefix || this.#ended) return undefined
    const bytes = this.#pieces.take(prefix.key + prefix.value)
    if (!bytes) return undefined
    this.#prefix = undefined
    this.#hash.update(bytes)
    const key = bytes.toString('utf8', 0, prefix.key)
    if (compareKeys(key, this.#before) <= 0) throw damaged('its keys are not in order')
    this.#before = key
    this.#count += 1
    this.#bytes += bytes.length
    return { key, value: bytes.subarray(prefix.key) }
  }

  #takePrefix() {
    const bytes = this.#pieces.take(8)
    if (!bytes) return undefined
    this.#hash.update(bytes)
    const prefix = { key: bytes.readUInt32BE(0), value: bytes.readUInt32BE(4) }
    if (prefix.key > LONGEST_KEY || prefix.value > LARGEST_VALUE) throw damaged('a record is longer than any can be')
    this.#ended = prefix.key === 0
    return prefix
  }

  #takeTrailer(): void {
    if (this.trailer && this.#pieces.size > 0) throw damaged('something follows its end')
    const line = this.trailer ? undefined : this.#takeLine('its end is missing')
    if (!line) return
    const trailer = parsed<Trailer>(line, 'its end is missing')
    if (trailer.count !== this.#count || trailer.bytes !== this.#bytes || trailer.sha256 !== this.#hash.digest('hex')) {
      throw damaged('its contents are not what its end says')
    }
    this.trailer = trailer
    if (this.#pieces.size > 0) throw damaged('something follows its end')
  }

  #takeLine(problem: string): Buffer | undefined {
    const line = this.#pieces.takeLine()
    if ((line?.length ?? this.#pieces.size) > LONGEST_LINE) throw damaged(problem)
    return line
  }
}

function parsed<T>(line: Buffer, problem: string): Partial<T> & T {
  try {
    const value: unknown = JSON.parse(line.toString())
    if (typeof value === 'object' && value !== null) return value as T
  } catch {
    // Said below.
  }
  throw damaged(problem)
}

/** The records of a container, and an error at the end where it was not whole. `seen` is told the header before the first. */
export async function* recordsOf(bytes: AsyncIterable<Uint8Array>, seen: (header: Header) => void = () => undefined): AsyncGenerator<SnapshotRecord> {
  const reader = new ContainerReader()
  let told = false
  for await (const chunk of bytes) {
    const records = reader.take(chunk)
    if (!told && reader.header) {
      told = true
      seen(reader.header)
    }
    yield* records
  }
  reader.end()
}

/** The same bytes, looked at while they pass: throws at the end where they were no whole container. */
export async function* checked(bytes: AsyncIterable<Uint8Array>, progress: (entries: number, of: number) => void = () => undefined): AsyncGenerator<Uint8Array> {
  const reader = new ContainerReader()
  let entries = 0
  for await (const chunk of bytes) {
    entries += reader.take(chunk).length
    if (reader.header) progress(entries, reader.header.count)
    yield chunk
  }
  reader.end()
}
