import type { Cluster, ClusterNode, NodeFacts, SharedStorage, Term } from '../cluster.js'
import { defineErrors } from '../errors.js'
import { compareKeys, sortKeys } from '../key-order.js'
import { pageOf } from '../memory.js'
import type { Entry, Guard, StorageHealth, Write } from '../storage.js'

/** What a node gets from a storage it cannot reach. */
export const UnreachableError = defineErrors('unreachable', { storage: { status: 503, text: () => 'storage cannot be asked' } })

/** One node's way to the storage, which a test may take from it. */
export interface SharedHandle extends SharedStorage {
  /** From now on the storage refuses to answer, or never answers. `get` goes on giving what was known. */
  cut(how: 'refuses' | 'hangs'): void
  mend(): void
  /** What `health` says while it is not cut off. */
  feel(health: StorageHealth): void
  /** How often it was asked what. */
  readonly counts: { catchUps: number; lists: number; commits: number }
}

export interface SharedMemory {
  /** Another node. */
  open(id: string): SharedHandle
  /** Ends the term of whoever is the caretaker; `secretly`, without its knowing, as if it had slept through it. */
  depose(secretly?: 'secretly'): void
  /** The id of the caretaker. */
  caretaker(): string | undefined
}

const lockKey = 'core/lock'
const well: StorageHealth = { state: 'ok', problem: '' }

/**
 * Memory shared by several nodes, each with a memory of its own that is exactly as old as `SharedStorage` allows: it learns what
 * others wrote when it catches up or loses a race, and not a moment earlier.
 */
export function sharedMemory(): SharedMemory {
  let now: ReadonlyMap<string, Entry> = new Map()
  let revision = 0n
  const nodes = new Map<string, NodeFacts>()
  let elected: { readonly id: string; readonly end: AbortController } | undefined
  const waiting: (() => void)[] = []

  const apply = (writes: readonly Write[], guards: readonly Guard[]): boolean => {
    if (!guards.every((guard) => (now.get(guard.key)?.revision ?? 0n) === guard.revision)) return false
    revision += 1n
    now = withWrites(now, writes, revision)
    return true
  }

  const free = () => {
    apply([{ remove: lockKey }], [])
    elected = undefined
    waiting.splice(0).forEach((wake) => wake())
  }

  const elect = (id: string, reach: () => Promise<never> | undefined): Term => {
    const end = new AbortController()
    const mine = { id, end }
    elected = mine
    apply([{ put: lockKey, value: new TextEncoder().encode(id) }], [])
    return {
      guard: { key: lockKey, revision },
      ended: end.signal,
      async resign() {
        end.abort()
        await reach()
        if (elected === mine) free()
      },
    }
  }

  const open = (id: string): SharedHandle => {
    let seen = now
    let cut: 'refuses' | 'hangs' | undefined
    let health = well
    const counts = { catchUps: 0, lists: 0, commits: 0 }
    const reach = (): Promise<never> | undefined => {
      if (cut === 'refuses') throw UnreachableError.storage()
      return cut && new Promise(() => {})
    }
    const cluster: Cluster = {
      self: id,
      async announce(facts) {
        await reach()
        nodes.set(id, facts)
      },
      async nodes() {
        await reach()
        return [...nodes].map(([of, facts]): ClusterNode => ({ ...facts, id: of, caretaker: elected?.id === of }))
      },
      async campaign(signal) {
        for (;;) {
          await reach()
          if (signal.aborted) return undefined
          if (!elected) return elect(id, reach)
          await new Promise<void>((resolve) => {
            waiting.push(resolve)
            signal.addEventListener('abort', () => resolve())
          })
        }
      },
    }
    return {
      cluster,
      counts,
      async catchUp() {
        counts.catchUps += 1
        await reach()
        seen = now
      },
      async get(key) {
        return seen.get(key)
      },
      async list(prefix, page) {
        counts.lists += 1
        await reach()
        const under = [...now.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))
        return pageOf(sortKeys([...new Set(under.map((rest) => rest.slice(0, rest.indexOf('/') + 1) || rest))]), page)
      },
      async commit(writes, guards = []) {
        counts.commits += 1
        if (cut) await reach()
        const done = apply(writes, guards)
        seen = done ? withWrites(seen, writes, revision) : now
        return done
      },
      async snapshot() {
        await reach()
        const then = [...now.values()].sort((a, b) => compareKeys(a.key, b.key))
        return { revision, count: then.length, entries: yielding(then), close: async () => undefined }
      },
      health: () => (cut ? { state: 'no_quorum', problem: 'the test has cut it off' } : health),
      measures: () => [{ name: 'storage_commits_total', help: 'Commits.', kind: 'counter', value: counts.commits }],
      async close() {
        nodes.delete(id)
        if (elected?.id === id) free()
      },
      cut: (how) => void (cut = how),
      mend: () => void (cut = undefined),
      feel: (given) => void (health = given),
    }
  }

  const depose = (secretly?: 'secretly') => {
    if (secretly === undefined) elected?.end.abort()
    free()
  }
  return { open, depose, caretaker: () => elected?.id }
}

function withWrites(entries: ReadonlyMap<string, Entry>, writes: readonly Write[], revision: bigint): ReadonlyMap<string, Entry> {
  const next = new Map(entries)
  for (const write of writes) {
    if ('remove' in write) next.delete(write.remove)
    else next.set(write.put, { key: write.put, value: new Uint8Array(write.value), revision })
  }
  return next
}

async function* yielding<T>(all: readonly T[]): AsyncIterable<T> {
  yield* all
}
