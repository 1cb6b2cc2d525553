import { compareKeys, sortKeys } from './key-order.js'
import type { Entry, Guard, OpenStorage, Page, Storage, Write } from './storage.js'

/** The reference Storage: a map and a counter. Tests and `server -dev` run on it. */
export function memoryStorage(): OpenStorage {
  const entries = new Map<string, Entry>()
  let revision = 0n

  const holds = (guard: Guard) => (entries.get(guard.key)?.revision ?? 0n) === guard.revision

  const apply = (write: Write) => {
    if ('remove' in write) entries.delete(write.remove)
    else entries.set(write.put, { key: write.put, value: new Uint8Array(write.value), revision })
  }

  return {
    async get(key) {
      return entries.get(key)
    },

    async list(prefix, page) {
      const children = new Set<string>()
      for (const key of entries.keys()) {
        if (key.startsWith(prefix)) children.add(childOf(key.slice(prefix.length)))
      }
      return pageOf(sortKeys([...children]), page)
    },

    async commit(writes, guards = []) {
      if (!guards.every(holds)) return false
      revision += 1n
      writes.forEach(apply)
      return true
    },

    async snapshot() {
      const then = [...entries.values()].sort((a, b) => compareKeys(a.key, b.key))
      return { revision, count: then.length, entries: yielding(then), close: async () => undefined }
    },

    health: () => ({ state: 'ok', problem: '' }),
    measures: () => [],
    close: async () => undefined,
  }
}

async function* yielding<T>(all: readonly T[]): AsyncIterable<T> {
  yield* all
}

/** The first segment of `rest`; with its slash when more follows. */
function childOf(rest: string): string {
  const slash = rest.indexOf('/')
  return slash < 0 ? rest : rest.slice(0, slash + 1)
}

/** Cuts a sorted listing to `page`. */
export function pageOf(sorted: readonly string[], { after = '', limit = Infinity }: Page = {}): string[] {
  const rest = after === '' ? sorted : sorted.filter((name) => compareKeys(name, after) > 0)
  return rest.slice(0, limit)
}

/** Narrows `storage` to the keys under `prefix`: what a mount is given, and all it can reach. */
export function view(storage: Storage, prefix: string): Storage {
  const outer = (key: string) => prefix + key
  return {
    async get(key) {
      const entry = await storage.get(outer(key))
      return entry && new Renamed(key, entry)
    },
    list: (inner, page) => storage.list(outer(inner), page),
    commit: (writes, guards = []) =>
      storage.commit(
        writes.map((w) => ('remove' in w ? { remove: outer(w.remove) } : { ...w, put: outer(w.put) })),
        guards.map((g) => ({ key: outer(g.key), revision: g.revision })),
      ),
  }
}

/** An entry under its inner name. The value stays unopened until somebody looks. */
class Renamed implements Entry {
  readonly #entry: Entry
  readonly key: string

  constructor(key: string, entry: Entry) {
    this.key = key
    this.#entry = entry
  }

  get value() {
    return this.#entry.value
  }

  get revision() {
    return this.#entry.revision
  }
}
