import type { Entry, Guard, Measure, OpenStorage, Page, StorageHealth, StorageSnapshot, Write } from '@chatelaine/sdk'
import { StorageError } from '../errors.js'
import { encodeCommit } from './commits.js'
import { compact } from './compaction.js'
import { reasonOf } from './disk.js'
import { LARGE } from './format.js'
import type { KeyIndex } from './key-index.js'
import type { Log } from './log.js'
import { Recent } from './recent.js'
import { stateMeasures } from '../state-measures.js'
import { takeSnapshot } from './snapshot.js'
import { Writer } from './writer.js'

interface Parts {
  readonly log: Log
  readonly index: KeyIndex
  readonly unlock: () => void
  readonly tell: (line: string) => void
  readonly compactAbove: number
}

/** See openLogStorage. */
export class LogStorage implements OpenStorage {
  readonly #log: Log
  readonly #index: KeyIndex
  readonly #unlock: () => void
  readonly #tell: (line: string) => void
  readonly #compactAbove: number
  readonly #writer: Writer
  readonly #recent = new Recent()
  readonly #abort = new AbortController()
  #compaction: Promise<void> | undefined
  /** After a compaction that failed, as much again must die before the next is tried. */
  #toleratedDead = 0
  #closing: Promise<void> | undefined

  constructor({ log, index, unlock, tell, compactAbove }: Parts) {
    this.#log = log
    this.#index = index
    this.#unlock = unlock
    this.#tell = tell
    this.#compactAbove = compactAbove
    this.#writer = new Writer(log, index, () => this.#considerCompaction())
    this.#considerCompaction()
  }

  async get(key: string): Promise<Entry | undefined> {
    this.#refuseClosed()
    const location = this.#index.find(key)
    if (!location) return undefined
    const kept = this.#recent.get(key, location.revision)
    if (kept) return kept
    const revision = BigInt(location.revision)
    if (location.size > LARGE) return { key, value: await this.#log.readInPieces(key, location), revision }
    return this.#recent.put({ key, value: this.#log.read(key, location), revision })
  }

  async list(prefix: string, page?: Page): Promise<string[]> {
    this.#refuseClosed()
    return this.#index.list(prefix, page)
  }

  async commit(writes: readonly Write[], guards: readonly Guard[] = []): Promise<boolean> {
    this.#refuseClosed()
    return this.#writer.commit(encodeCommit(writes, guards))
  }

  async snapshot(): Promise<StorageSnapshot> {
    this.#refuseClosed()
    return takeSnapshot(this.#log, this.#index, this.#writer.revision)
  }

  health(): StorageHealth {
    const { failure, full } = this.#log
    if (failure) return { state: 'stopped', problem: 'the disk has failed, and the store takes no more writes: see the log and the disk, then restart the server' }
    if (full) return { state: 'no_space', problem: 'the disk is full: make room, and writes are taken again' }
    return { state: 'ok', problem: '' }
  }

  measures(): readonly Measure[] {
    const gauge = (name: string, help: string, value: number): Measure => ({ name, help, kind: 'gauge', value })
    return [
      ...stateMeasures(this.health()),
      gauge('chatelaine_store_entries', 'Entries in the store.', this.#index.count),
      gauge('chatelaine_store_bytes', 'The size of its files.', this.#log.bytes),
      gauge('chatelaine_store_live_bytes', 'How much of them is in use; the rest goes with the next compaction.', this.#index.liveBytes),
    ]
  }

  /** Waits for commits that are under way; a compaction is dropped. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#abort.abort()
    await this.#writer.idle()
    await this.#compaction
    this.#log.close()
    this.#unlock()
  }

  #refuseClosed(): void {
    if (this.#closing) throw StorageError.closed()
  }

  #considerCompaction(): void {
    if (this.#compaction || this.#abort.signal.aborted || this.#log.failure) return
    const live = this.#index.liveBytes
    const dead = this.#log.bytes - live
    if (dead <= this.#toleratedDead + Math.max(live, this.#compactAbove)) return
    this.#toleratedDead = dead
    this.#compaction = this.#compact().finally(() => {
      this.#compaction = undefined
    })
  }

  async #compact(): Promise<void> {
    try {
      this.#log.roll()
      await compact(this.#log, this.#index, this.#abort.signal)
      this.#toleratedDead = 0
    } catch (error) {
      if (this.#abort.signal.aborted) return
      this.#tell(`compaction failed, and will be tried again later: ${error instanceof Error ? error.message : reasonOf(error)}`)
    }
  }
}
