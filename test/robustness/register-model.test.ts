import { describe, expect, it } from 'vitest'
import type { Operation } from './linearizable.js'
import { wrongOfRegister, type RegisterOp } from './register-model.js'

type Row = readonly [call: number, returned: number | undefined, op: RegisterOp]

const history = (...rows: readonly Row[]): Operation<RegisterOp>[] =>
  rows.map(([call, returned, op], i) => ({ client: `c${i}`, key: 'k', call: BigInt(call), returned: returned === undefined ? undefined : BigInt(returned), op }))
const write = (value: string | undefined, outcome: 'done' | 'unknown' = 'done'): RegisterOp => ({ write: value, outcome })
const read = (value?: string): RegisterOp => ({ read: value })

describe('a value that is written blindly', () => {
  it.each<[string, Operation<RegisterOp>[]]>([
    ['one after the other', history([0, 1, read()], [2, 3, write('a')], [4, 5, read('a')], [6, 7, write(undefined)], [8, 9, read()])],
    ['overlapping, the other way round', history([0, 9, write('a')], [1, 8, write('b')], [10, 11, read('a')])],
    ['a write without an answer that had no effect', history([0, undefined, write('a', 'unknown')], [1, 2, read()])],
    ['a write without an answer that took effect late', history([0, undefined, write('a', 'unknown')], [1, 2, write('b')], [3, 4, read('b')], [5, 6, read('a')])],
    ['a removal of nothing, that overlaps a write', history([0, 9, write(undefined)], [1, 8, write('a')], [10, 11, read()])],
    ['a removal without an answer, early or late', history([0, 1, write('a')], [2, undefined, write(undefined, 'unknown')], [3, 4, read('a')], [5, 6, read()])],
  ])('is right: %s', (_, operations) => {
    expect(wrongOfRegister(operations)).toBeUndefined()
  })

  it.each<[string, Operation<RegisterOp>[]]>([
    ['what had been replaced is read', history([0, 1, write('a')], [2, 3, write('b')], [4, 5, read('a')])],
    ['what had been replaced comes back', history([0, 1, write('a')], [2, 3, write('b')], [4, 5, read('b')], [6, 7, read('a')])],
    ['one whose answer was lost, after what replaced it', history([0, undefined, write('a', 'unknown')], [1, 2, read('a')], [3, 4, write('b')], [5, 6, read('a')])],
    ['what was removed', history([0, 1, write('a')], [2, 3, write(undefined)], [4, 5, read('a')])],
    ['what nobody wrote', history([0, 1, read('a')])],
    ['an acknowledged write that is gone', history([0, 1, write('a')], [2, 3, read()])],
  ])('is wrong: %s', (_, operations) => {
    expect(wrongOfRegister(operations)).toContain('no order explains k')
  })
})
