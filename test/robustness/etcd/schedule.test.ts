import { describe, expect, it } from 'vitest'
import { nameOf, schedule, type Struckable } from './schedule.js'

const faults: Struckable[] = [
  { name: 'killed', on: 'member' },
  { name: 'frozen', on: 'server' },
  { name: 'etcd compacted', on: 'etcd' },
]

function rounds(seed: number, count: number) {
  const all = schedule(seed, faults)
  return Array.from({ length: count }, () => all.next().value)
}

describe('a schedule of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(rounds(7, 50)).toEqual(rounds(7, 50))
    expect(rounds(7, 50)).not.toEqual(rounds(8, 50))
  })

  it('never strikes the same one twice at a time, and comes to every fault', () => {
    const all = rounds(1, 200)

    expect(all.filter(({ faults: [a, b] }) => a.on === b.on && a.which === b.which)).toEqual([])
    expect(new Set(all.flatMap((round) => round.faults.map(({ fault }) => fault)))).toEqual(new Set(faults.map(({ name }) => name)))
  })

  it('is told in words', () => {
    const round = { faults: [{ fault: 'killed', on: 'member', which: 2 }, { fault: 'etcd compacted', on: 'etcd', which: 0 }], holdMs: 1 } as const

    expect(nameOf(round)).toBe('member 3 killed, and etcd compacted')
  })
})
