import { describe, expect, it } from 'vitest'
import { wrongOfCas, type CasOp } from './cas-model.js'
import type { Operation } from './linearizable.js'

type Row = readonly [call: number, returned: number | undefined, op: CasOp]

const history = (...rows: readonly Row[]): Operation<CasOp>[] =>
  rows.map(([call, returned, op], i) => ({ client: `c${i}`, key: 'k', call: BigInt(call), returned: returned === undefined ? undefined : BigInt(returned), op }))
type Outcome = 'done' | 'refused' | 'unknown'
const write = (value: string, outcome: Outcome = 'done'): CasOp => ({ write: value, outcome })
const replace = (over: string | undefined, value: string, outcome: Outcome = 'done'): CasOp => ({ write: value, over: { value: over }, outcome })
const read = (value?: string): CasOp => ({ read: value })

describe('a thing that is written over what was read', () => {
  it.each<[string, Operation<CasOp>[]]>([
    ['one after the other', history([0, 1, read()], [2, 3, replace(undefined, 'a')], [4, 5, read('a')], [6, 7, replace('a', 'b')], [8, 9, read('b')])],
    ['one of two that race is refused', history([0, 9, replace(undefined, 'a')], [1, 8, replace(undefined, 'b', 'refused')], [10, 11, read('a')])],
    ['a refusal that only a write without an answer explains', history([0, undefined, write('a', 'unknown')], [1, 2, replace(undefined, 'b', 'refused')])],
    ['a write without an answer that had no effect', history([0, undefined, write('a', 'unknown')], [1, 2, replace(undefined, 'b')])],
    ['a write without an answer that is read late', history([0, undefined, write('a', 'unknown')], [1, 2, write('b')], [3, 4, read('a')])],
  ])('is right: %s', (_, operations) => {
    expect(wrongOfCas(operations)).toBeUndefined()
  })

  it.each<[string, Operation<CasOp>[]]>([
    ['two writes replace the same', history([0, 1, replace(undefined, 'a')], [2, 3, replace(undefined, 'b')])],
    ['a refusal though nothing had changed', history([0, 1, write('a')], [2, 3, replace('a', 'b', 'refused')])],
    ['what was refused is read', history([0, 1, write('a')], [2, 3, replace('a', 'b', 'refused')], [4, 5, read('b')])],
    ['what was acknowledged is gone', history([0, 1, write('a')], [2, 3, read()])],
    ['what had been replaced comes back', history([0, undefined, write('a', 'unknown')], [1, 2, read('a')], [3, 4, write('b')], [5, 6, read('a')])],
  ])('is wrong: %s', (_, operations) => {
    expect(wrongOfCas(operations)).toMatch(/^no order explains k/)
  })
})
