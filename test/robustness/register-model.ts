import { judge, type Model, type Operation } from './linearizable.js'
import { inWords } from './verdict-words.js'

/**
 * What a value was asked and answered that is written and removed without a look at what was there. No two writes of a history
 * have the same value; undefined is what a removal leaves.
 */
export type RegisterOp =
  | { readonly read: string | undefined }
  /** `unknown` where no answer came, or one that leaves open whether it had its effect. */
  | { readonly write: string | undefined; readonly outcome: 'done' | 'unknown' }

type Effect = { readonly read: string | undefined } | { readonly write: string | undefined }

const model: Model<{ readonly value: string | undefined }, Effect> = {
  initial: { value: undefined },
  step: (state, op) => ('write' in op ? { value: op.write } : op.read === state.value ? state : undefined),
  key: ({ value }) => (value === undefined ? '' : JSON.stringify(value)),
  // Of writes with an answer missing only removals are left by `settle`, and those are all alike.
  kind: () => 'removal',
}

/**
 * Makes the history one that is soon decided, without changing the verdict: an unanswered read says nothing; nor does an unanswered
 * write that nobody read, for then something else was written before the next read; and one that was read was done by then.
 */
function settle(operations: readonly Operation<RegisterOp>[]): Operation<Effect>[] {
  const firstRead = new Map<string, bigint>()
  for (const { op, returned } of operations) {
    if (!('read' in op) || op.read === undefined || returned === undefined) continue
    const before = firstRead.get(op.read)
    if (before === undefined || returned < before) firstRead.set(op.read, returned)
  }
  return operations.flatMap((operation): Operation<Effect>[] => {
    const { op, call, returned } = operation
    if ('read' in op) return returned === undefined ? [] : [{ ...operation, op }]
    if (op.outcome === 'done' || op.write === undefined) return [{ ...operation, op: { write: op.write }, returned: op.outcome === 'done' ? returned : undefined }]
    const read = firstRead.get(op.write)
    return read === undefined ? [] : [{ ...operation, op: { write: op.write }, returned: read < call ? call : read }]
  })
}

/** What is wrong with the history of one key, in words; undefined where some order explains it. */
export function wrongOfRegister(operations: readonly Operation<RegisterOp>[]): string | undefined {
  return inWords(operations, judge(model, settle(operations)))
}
