import type { Page } from '@chatelaine/sdk'
import { Folders } from './folders.js'
import { Past } from './past.js'
import { Slots, type Location } from './slots.js'

type Place = Pick<Location, 'segment' | 'at'>

/** What is in memory of a store: every key with the place of its newest entry. Values stay on disk. */
export class KeyIndex {
  readonly #folders = new Folders()
  readonly #slots = new Slots()
  readonly #pasts = new Set<Past>()
  /** Of entries that are still somebody's newest; what the segments hold beyond that is dead. */
  liveBytes = 0

  get count(): number {
    return this.#slots.count
  }

  find(key: string): Location | undefined {
    const slot = this.#folders.get(key)
    return slot === undefined ? undefined : this.#slots.get(slot)
  }

  put(key: string, location: Location): void {
    if (this.#pasts.size > 0) this.#remember(key, false)
    this.liveBytes += location.size
    this.#folders.enter(
      key,
      () => this.#slots.add(location),
      (slot) => {
        this.liveBytes -= this.#slots.get(slot).size
        this.#slots.set(slot, location)
      },
    )
  }

  remove(key: string): void {
    const slot = this.#folders.get(key)
    if (slot === undefined) return
    if (this.#pasts.size > 0) this.#remember(key, true)
    this.liveBytes -= this.#slots.get(slot).size
    this.#folders.remove(key)
    this.#slots.release(slot)
  }

  /** The slot of `key` if its newest entry lies there. */
  slotAt(key: string, segment: number, at: number): number | undefined {
    const slot = this.#folders.get(key)
    return slot !== undefined && this.#liesAt(slot, segment, at) ? slot : undefined
  }

  /** Follows an entry that was copied, unless a newer one has come. Places are not used twice, so one is enough to tell. */
  move(slot: number, from: Place, to: Place): void {
    if (this.#liesAt(slot, from.segment, from.at)) this.#slots.set(slot, { ...this.#slots.get(slot), ...to })
  }

  #liesAt(slot: number, segment: number, at: number): boolean {
    const location = this.#slots.get(slot)
    return location.at === at && location.segment === segment
  }

  list(prefix: string, page?: Page): string[] {
    return this.#folders.list(prefix, page)
  }

  /** How everything is now, to be walked later; to be forgotten when that is done. */
  past(): Past {
    const past = new Past(this)
    this.#pasts.add(past)
    return past
  }

  forget(past: Past): void {
    this.#pasts.delete(past)
  }

  #remember(key: string, removed: boolean): void {
    const then = this.find(key)
    for (const past of this.#pasts) past.remember(key, then, removed)
  }
}
