import { describe, expect, it } from 'vitest'
import { wrongOfFolder, type FolderOp } from './folder-model.js'
import type { Operation } from './linearizable.js'

type Row = readonly [call: number, returned: number | undefined, op: FolderOp]

const history = (...rows: readonly Row[]): Operation<FolderOp>[] =>
  rows.map(([call, returned, op], i) => ({ client: `c${i}`, key: 'k', call: BigInt(call), returned: returned === undefined ? undefined : BigInt(returned), op }))
const put = (name: string, outcome: 'done' | 'unknown' = 'done'): FolderOp => ({ put: name, outcome })
const remove = (name: string, outcome: 'done' | 'unknown' = 'done'): FolderOp => ({ remove: name, outcome })
const list = (...names: readonly string[]): FolderOp => ({ list: names })

describe('a folder whose names come and go', () => {
  it.each<[string, Operation<FolderOp>[]]>([
    ['one after the other', history([0, 1, list()], [2, 3, put('b')], [4, 5, put('a')], [6, 7, list('a', 'b')], [8, 9, remove('b')], [10, 11, list('a')])],
    ['a list during two puts has one of them', history([0, 9, put('a')], [1, 8, put('b')], [2, 3, list('b')], [10, 11, list('a', 'b')])],
    ['a put without an answer, early or late', history([0, undefined, put('a', 'unknown')], [1, 2, list()], [3, 4, list('a')])],
    ['a removal without an answer that had no effect', history([0, 1, put('a')], [2, undefined, remove('a', 'unknown')], [3, 4, list('a')])],
  ])('is right: %s', (_, operations) => {
    expect(wrongOfFolder(operations)).toBeUndefined()
  })

  it.each<[string, Operation<FolderOp>[]]>([
    ['a list lacks what was put', history([0, 1, put('a')], [2, 3, list()])],
    ['a list has what was removed', history([0, 1, put('a')], [2, 3, remove('a')], [4, 5, list('a')])],
    ['a list has the later of two puts and not the earlier', history([0, 1, put('a')], [2, 9, put('b')], [3, 4, list('b')])],
    ['two lists saw two puts in different orders', history([0, 9, put('a')], [0, 9, put('b')], [1, 2, list('a')], [3, 4, list('b')])],
    ['a name is in the list that nobody put', history([0, 1, list('a')])],
  ])('is wrong: %s', (_, operations) => {
    expect(wrongOfFolder(operations)).toMatch(/^no order explains k/)
  })
})
