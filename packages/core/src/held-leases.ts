import { reservedKeys } from '@chatelaine/barrier'
import { decodeRecord, isShared, strict, type Clock, type Storage } from '@chatelaine/sdk'
import type { Log } from './log.js'

const key = reservedKeys.leasesHeld
const remindMs = 60_000

/**
 * A snapshot that was restored may be older than the tokens people have been using since. While this marker is there nothing
 * that is due is revoked, so that an operator can look first. It is plain: a restore writes it, which has no key.
 */
export class HeldLeases {
  readonly #storage: Storage
  readonly #clock: Clock
  readonly #log: Log
  #reminded = -Infinity

  constructor(storage: Storage, clock: Clock, log: Log) {
    this.#storage = isShared(storage) ? strict(storage) : storage
    this.#clock = clock
    this.#log = log
  }

  /** Since when, as an ISO date; undefined when they are not held. */
  async since(): Promise<string | undefined> {
    const entry = await this.#storage.get(key)
    return entry && sinceOf(entry.value)
  }

  /** The same for who would revoke, with a word to the operator now and then: a hold that is forgotten keeps every token. */
  async holdBack(): Promise<boolean> {
    const since = await this.since()
    if (since === undefined) return false
    const now = this.#clock.now().getTime()
    if (now - this.#reminded < remindMs) return true
    this.#reminded = now
    this.#log('leases are held: nothing is revoked until "operator leases release"', { since })
    return true
  }

  async release(): Promise<void> {
    await this.#storage.commit([{ remove: key }])
  }
}

/** A marker that cannot be read still holds. */
function sinceOf(value: Uint8Array): string {
  try {
    return decodeRecord<{ held_since?: string } | null>(value)?.held_since ?? ''
  } catch {
    return ''
  }
}
