import type { Entry } from '@chatelaine/sdk'

/** Bytes of keys and values kept, and the largest entry worth keeping. */
const most = 0x80_0000
const largest = 0x1_0000

/**
 * Entries read lately, so that what every request asks for (tokens, policies, the mount table) is not read from the file and
 * checked each time. An entry is found only under the revision the index names, so nothing old is ever given.
 */
export class Recent {
  readonly #entries = new Map<string, Entry>()
  #bytes = 0

  get(key: string, revision: number): Entry | undefined {
    const entry = this.#entries.get(key)
    return entry && Number(entry.revision) === revision ? entry : undefined
  }

  /** A key read again moves to the end; the front is what goes when room is needed. */
  put(entry: Entry): Entry {
    const size = sizeOf(entry)
    if (size > largest) return entry
    this.#drop(entry.key)
    this.#entries.set(entry.key, entry)
    this.#bytes += size
    while (this.#bytes > most) this.#drop(this.#entries.keys().next().value ?? '')
    return entry
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key)
    if (!entry) return
    this.#entries.delete(key)
    this.#bytes -= sizeOf(entry)
  }
}

const sizeOf = ({ key, value }: Entry) => 2 * key.length + value.length + 100
