import type { Storage, Term } from '@chatelaine/sdk'
import { CoreError } from './errors.js'

/**
 * `storage` for what only the caretaker may do. Each commit holds only while the election does, so one that comes from a process
 * which slept through the end of its term changes nothing, and fails with an error that no retry gets past.
 */
export function fenced(storage: Storage, { guard, ended }: Pick<Term, 'guard' | 'ended'>): Storage {
  return {
    get: (key) => storage.get(key),
    list: (prefix, page) => storage.list(prefix, page),
    async commit(writes, guards = []) {
      if (ended.aborted) throw CoreError.notCaretaker()
      if (await storage.commit(writes, [...guards, guard])) return true
      // Lost, either against another writer or against the next caretaker. The storage itself is asked which, by a commit of
      // nothing: what this node remembers of the election may be as old as its sleep was long.
      if (ended.aborted || !(await storage.commit([], [guard]))) throw CoreError.notCaretaker()
      return false
    },
  }
}
