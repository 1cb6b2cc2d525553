import type { OpenStorage } from '@chatelaine/sdk'

/** A storage that remembers what it was asked, and can be told to stop half-way. */
export interface Counting extends OpenStorage {
  readonly asked: string[]
  /** Every key that was ever written. */
  readonly written: Set<string>
  /** Called before each commit with the keys it writes; throwing is a crash before that commit. */
  beforeCommit: (keys: readonly string[]) => void | Promise<void>
}

export function counting(storage: OpenStorage): Counting {
  const asked: string[] = []
  const written = new Set<string>()
  const counted: Counting = {
    ...storage,
    asked,
    written,
    beforeCommit: () => {},
    async get(key) {
      asked.push(`get ${key}`)
      return storage.get(key)
    },
    async list(prefix, page) {
      asked.push(`list ${prefix}`)
      return storage.list(prefix, page)
    },
    async commit(writes, guards) {
      const keys = writes.map((write) => ('put' in write ? write.put : write.remove))
      asked.push(`commit ${keys.join(' ')}`)
      await counted.beforeCommit(keys)
      keys.forEach((key) => written.add(key))
      return storage.commit(writes, guards)
    },
  }
  return counted
}
