import { Parsed, type Entry, type Storage } from '@chatelaine/sdk'
import { digestOf, type Manifest } from './manifest.js'

interface Revised<T> {
  readonly revision: bigint
  readonly value: T
}

/**
 * As `Parsed`, for records that the manifest keeps: what `get` gives is what was written last, or it throws. A record of a known revision
 * was compared before and is not again, so a request pays nothing for it.
 */
export class Attested<T> {
  readonly #manifest: Manifest
  readonly #parsed: Parsed<{ readonly digest: string; readonly kept: Revised<T> }>
  readonly #compared = new Map<string, bigint>()

  constructor(storage: Storage, manifest: Manifest, parse: (entry: Entry) => T) {
    this.#manifest = manifest
    this.#parsed = new Parsed(storage, (entry) => ({
      digest: digestOf(entry.value), kept: { revision: entry.revision, value: parse(entry) },
    }))
  }

  async get(key: string): Promise<Revised<T> | undefined> {
    const found = await this.#parsed.get(key)
    if (found && this.#compared.get(key) === found.revision) return found.value.kept
    const attested = await this.#manifest.attest(key, () => this.#parsed.get(key))
    if (!attested) {
      this.#compared.delete(key)
      return undefined
    }
    this.#compared.set(key, attested.revision)
    return attested.value.kept
  }

  /** Only that; 0n where there is none. For who calls `get` when it is a new one. */
  async revision(key: string): Promise<bigint> {
    return (await this.#parsed.get(key))?.revision ?? 0n
  }

  clear(): void {
    this.#parsed.clear()
    this.#compared.clear()
  }
}
