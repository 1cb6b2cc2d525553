import { judge, type Model, type Operation } from './linearizable.js'
import { inWords } from './verdict-words.js'

/** What a folder was asked and answered: names come and go, and a list says which are there. */
export type FolderOp =
  | { readonly list: readonly string[] }
  | { readonly put: string; readonly outcome: 'done' | 'unknown' }
  | { readonly remove: string; readonly outcome: 'done' | 'unknown' }

/** The names that are there, in order. */
type Names = readonly string[]

const added = (names: Names, name: string): Names => (names.includes(name) ? names : [...names, name].sort())

/** Putting and removing do the same however often they are done, so of those without an answer one of each name is like the other. */
const model: Model<Names, FolderOp> = {
  initial: [],
  step(names, op) {
    if ('list' in op) return op.list.join('/') === names.join('/') ? names : undefined
    // A copy, for it changes something in other states.
    return 'put' in op ? [...added(names, op.put)] : names.filter((name) => name !== op.remove)
  },
  key: (names) => names.join('/'),
  kind: (op) => ('list' in op ? undefined : 'put' in op ? `put ${op.put}` : `remove ${op.remove}`),
}

/** What is wrong with the history of one folder, in words; undefined where some order explains it. */
export function wrongOfFolder(operations: readonly Operation<FolderOp>[]): string | undefined {
  const known = operations.filter(({ op, returned }) => !('list' in op) || returned !== undefined)
  return inWords(operations, judge(model, known.map((one) => ('outcome' in one.op && one.op.outcome === 'unknown' ? { ...one, returned: undefined } : one))))
}
