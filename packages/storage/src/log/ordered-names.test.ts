import fc from 'fast-check'
import { compareKeys } from '@chatelaine/sdk'
import { describe, expect, it } from 'vitest'
import { KeyIndex } from './key-index.js'
import { OrderedNames } from './ordered-names.js'

const some = (names: Iterable<string>, most: number): string[] => {
  const taken: string[] = []
  for (const name of names) {
    if (taken.length === most) break
    taken.push(name)
  }
  return taken
}

describe('ordered names', () => {
  it('are those that were added and not removed, in the order of keys, whatever came in which order', () => {
    const name = fc.oneof(fc.integer({ min: 0, max: 3000 }).map(String), fc.constantFrom('😀', '\uff5e', 'é', 'a/', 'a0', ''))
    const step = fc.record({ name, remove: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { minLength: 2000, maxLength: 6000 }), name, (steps, start) => {
        const [names, expected] = [new OrderedNames<number>(), new Map<string, number>()]
        steps.forEach(({ name: one, remove }, i) => {
          if (remove && i % 3 === 0) expect(names.delete(one)).toBe(expected.delete(one))
          else if (!expected.has(one)) {
            names.add(one, i)
            expected.set(one, i)
          }
        })
        const sorted = [...expected.keys()].sort(compareKeys)

        expect(names.size).toBe(expected.size)
        expect([...names.from('')]).toEqual(sorted)
        expect(some(names.from(start), 5)).toEqual(sorted.filter((one) => compareKeys(one, start) >= 0).slice(0, 5))
        for (const [one, value] of expected) expect(names.get(one)).toBe(value)
        expect(names.get('not there')).toBeUndefined()
      }),
      { numRuns: 20 },
    )
  })

  it('are fewer and fewer until there are none', () => {
    const names = new OrderedNames<number>()
    const all = Array.from({ length: 5000 }, (_, i) => String(i).padStart(4, '0'))
    for (const [i, one] of all.entries()) names.add(one, i)
    for (const [i, one] of all.entries()) if (i % 7 !== 0) names.delete(one)
    expect([...names.from('')]).toEqual(all.filter((_, i) => i % 7 === 0))
    for (const one of all) names.delete(one)

    expect([names.size, [...names.from('')], names.get('0007')]).toEqual([0, [], undefined])
  })
})

describe('a page of a large folder', () => {
  // Where each page sorted the folder anew, this would take minutes.
  it('costs by what is on it, while names come and go', { timeout: 60_000 }, () => {
    const index = new KeyIndex()
    const key = (n: number) => `expiry/${String((n * 7919) % 100_000).padStart(8, '0')}`
    const place = { segment: 1, at: 0, size: 1, revision: 1 }
    for (let n = 0; n < 100_000; n++) index.put(key(n), place)
    let last = ''
    for (let n = 0; n < 10_000; n++) {
      const [next] = index.list('expiry/', { after: last, limit: 1 })
      index.remove(`expiry/${next}`)
      last = `${next}+`
      index.put(`expiry/${last}`, place)
      expect(index.list('expiry/', { after: String(n * 9).padStart(8, '0'), limit: 3 })).toHaveLength(3)
    }

    expect(index.count).toBe(100_000)
    expect(index.list('expiry/0000000', { limit: 2 })).toEqual(['0+', '1+'])
  })
})
