import type { Operation, Verdict } from './linearizable.js'

/**
 * What is wrong with the history of one key, as a person reads it: what no order explains, what was there before, and all that was
 * asked, with times in milliseconds from then. Undefined where the history is right.
 */
export function inWords<Op>(operations: readonly Operation<unknown>[], verdict: Verdict<Op>): string | undefined {
  if (verdict.kind === 'linearizable') return undefined
  const { key } = operations[0] ?? { key: '' }
  if (verdict.kind === 'undecided') return `it could not be decided whether ${key} is right`
  const { at, states } = verdict
  const time = (when: bigint | undefined) => (when === undefined ? '?' : Number(when - at.call) / 1e6)
  const lines = operations
    .toSorted((a, b) => Number(a.call - b.call))
    .map(({ call, returned, client, op }) => `${time(call)}..${time(returned)} ${client} ${JSON.stringify(op)}`)
  return `no order explains ${key}: ${at.client} ${JSON.stringify(at.op)}, and it held ${states.join(' or ') || 'nothing'}\n  ${lines.join('\n  ')}`
}
