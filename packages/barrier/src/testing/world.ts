import { randomBytes } from '@chatelaine/crypto'
import { type Clock, memoryStorage, type Storage } from '@chatelaine/sdk'
import { Barrier, type BarrierOptions } from '../barrier.js'
import type { RotationPolicy } from '../rotation-policy.js'

/** A clock that moves only when told. */
export function standingClock(start = '2030-01-01T00:00:00Z'): Clock & { forward(ms: number): void } {
  let now = new Date(start)
  return {
    now: () => now,
    forward(ms) {
      now = new Date(now.getTime() + ms)
    },
  }
}

export interface World {
  readonly below: Storage
  readonly rootKey: Uint8Array
  /** Another node over the same storage, open. */
  node(options?: Partial<BarrierOptions>): Promise<Barrier>
}

/** Founded storage, and as many nodes over it as a test wants. */
export async function founded(options: { below?: Storage; policy?: RotationPolicy } = {}): Promise<World> {
  const { below = memoryStorage(), policy } = options
  const clock = standingClock()
  const rootKey = randomBytes(32)
  await below.commit(new Barrier(below, { clock }).foundingWrites(rootKey, policy))
  return {
    below,
    rootKey,
    async node(more = {}) {
      const barrier = new Barrier(below, { clock, ...more })
      await barrier.open(rootKey.slice())
      return barrier
    },
  }
}

/** Holds whoever calls `pass`, from then until `release`; `reached` tells that somebody is held. */
export function gate() {
  let release = () => {}
  let arrive = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  const reached = new Promise<void>((resolve) => (arrive = resolve))
  const pass = () => {
    arrive()
    return held
  }
  return { pass, release, reached }
}

/** `storage`, counting what is asked of it, and holding each answer until `gate` lets it pass. */
export function watched(storage: Storage, gate: (verb: string, key: string) => Promise<void> = async () => {}) {
  const asked: string[] = []
  const wrapped: Storage = {
    async get(key) {
      asked.push(`get ${key}`)
      const entry = await storage.get(key)
      await gate('get', key)
      return entry
    },
    async list(prefix, page) {
      asked.push(`list ${prefix}`)
      const names = await storage.list(prefix, page)
      await gate('list', prefix)
      return names
    },
    async commit(writes, guards) {
      const keys = writes.map((write) => ('put' in write ? write.put : write.remove)).join(' ')
      asked.push(`commit ${keys}`)
      const outcome = await storage.commit(writes, guards)
      await gate('commit', keys)
      return outcome
    },
  }
  return { storage: wrapped, asked }
}
