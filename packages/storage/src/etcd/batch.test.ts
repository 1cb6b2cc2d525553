import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mostCommits, takeBatch, type Waiting } from './batch.js'
import { batchBytes, mostOperations, prepare } from './commit.js'
import { keyspace } from './keyspace.js'

const space = keyspace('/t')
const waiting = (writes: readonly string[], guards: readonly string[] = [], size = 1): Waiting => ({
  prepared: prepare(writes.map((put) => ({ put, value: new Uint8Array(size) })), guards.map((key) => ({ key, revision: 1n })), space),
  settle: () => undefined,
  fail: () => undefined,
})

describe('a batch', () => {
  it('never holds two commits of which one writes what the other writes or guards', () => {
    const commit = fc.record({ writes: fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { maxLength: 3 }), guards: fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { maxLength: 3 }) })
    fc.assert(
      fc.property(fc.array(commit, { maxLength: 40 }), (commits) => {
        const queue = commits.map(({ writes, guards }) => waiting(writes, guards))
        const order = [...queue]
        const batch = takeBatch(queue)
        for (const [i, { prepared: a }] of batch.entries()) {
          for (const { prepared: b } of batch.slice(i + 1)) {
            const writes = [...a.values.keys()]
            expect(writes.some((key) => b.values.has(key) || b.guards.some((guard) => guard.key === key))).toBe(false)
            expect(a.guards.some(({ key }) => b.values.has(key))).toBe(false)
          }
        }
        expect(batch.length > 0).toBe(commits.length > 0)
        expect([...batch, ...queue].length).toBe(commits.length)
        expect(order.filter((one) => queue.includes(one))).toEqual(queue)
      }),
    )
  })

  it('is not overtaken: what a waiting commit touches, none behind it may take', () => {
    const [a, b, c] = [waiting(['x']), waiting(['x', 'y']), waiting(['y'])]
    const queue = [a, b, c]

    expect(takeBatch(queue)).toEqual([a])
    expect(takeBatch(queue)).toEqual([b])
    expect(takeBatch(queue)).toEqual([c])
  })

  it("stays within etcd's limits of operations, level by level, and of bytes", () => {
    const wide = Array.from({ length: 100 }, (_, i) => waiting(Array.from({ length: 80 }, (_, k) => `${i}/${k}`)))
    const queue = [...wide]
    const batch = takeBatch(queue)
    expect(Math.max(...batch.map(({ prepared }) => prepared.operations)) + batch.length + 1).toBeLessThanOrEqual(mostOperations)
    expect(batch.length).toBe(128 - 81 - 1)

    const heavy = Array.from({ length: 10 }, (_, i) => waiting([`${i}`], [], 300_000))
    expect(takeBatch(heavy).reduce((sum, { prepared }) => sum + prepared.bytes, 0)).toBeLessThanOrEqual(batchBytes)
    expect(takeBatch(Array.from({ length: 500 }, (_, i) => waiting([`${i}`])))).toHaveLength(mostCommits)
  })

  it('takes a commit that is as large as etcd allows by itself, and refuses a larger one', () => {
    const writes = (count: number) => Array.from({ length: count }, (_, i) => `${i}`)

    expect(takeBatch([waiting(writes(125)), waiting(['other'])])).toHaveLength(1)
    expect(() => waiting(writes(126))).toThrow('over the limit of 125')
  })
})
