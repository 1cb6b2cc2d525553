import { judge, type Model, type Operation } from './linearizable.js'
import { inWords } from './verdict-words.js'

/**
 * What a thing was asked and answered that is written as a whole, now and then only over what its writer had read. No two writes
 * of a history have the same value, so a value comes once and never again; undefined is what was there at the beginning.
 */
export type CasOp =
  | { readonly read: string | undefined }
  /** `over` is what it was to replace, and left out where it was to replace anything. */
  | { readonly write: string; readonly over?: { readonly value: string | undefined }; readonly outcome: 'done' | 'refused' | 'unknown' }

interface Thing {
  /** `unseen` for a value that no read of the history has found. */
  readonly value: string | undefined | { readonly unseen: true }
}

type Settled = Operation<CasOp & { readonly unseen?: true }>

const unseen = { unseen: true } as const

const model: Model<Thing, Settled['op']> = {
  initial: { value: undefined },
  step(thing, op) {
    if ('read' in op) return op.read === thing.value ? thing : undefined
    const fits = op.over === undefined || op.over.value === thing.value
    if (op.outcome === 'refused') return fits ? undefined : thing
    return fits ? { value: op.unseen ? unseen : op.write } : undefined
  },
  key: ({ value }) => (value === undefined ? '' : JSON.stringify(value)),
  kind: (op) => ('write' in op && op.unseen ? JSON.stringify(op.over ?? 'anything') : undefined),
}

/** A write without an answer was done by the time that its value was first read; where it was never read, it may have been done at any time. */
function settle(operations: readonly Operation<CasOp>[]): Settled[] {
  const firstRead = new Map<string, bigint>()
  for (const { op, returned } of operations) {
    if (!('read' in op) || op.read === undefined || returned === undefined) continue
    const before = firstRead.get(op.read)
    if (before === undefined || returned < before) firstRead.set(op.read, returned)
  }
  return operations.flatMap((operation): Settled[] => {
    const { op, call, returned } = operation
    if ('read' in op) return returned === undefined ? [] : [operation]
    if (op.outcome !== 'unknown') return [operation]
    const read = firstRead.get(op.write)
    if (read === undefined) return [{ ...operation, returned: undefined, op: { ...op, unseen: true } }]
    return [{ ...operation, returned: read < call ? call : read }]
  })
}

/** What is wrong with the history of one thing, in words; undefined where some order explains it. */
export function wrongOfCas(operations: readonly Operation<CasOp>[]): string | undefined {
  return inWords(operations, judge(model, settle(operations)))
}
