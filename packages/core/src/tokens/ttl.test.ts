import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lifetime, type Bounds } from './ttl.js'

const plain: Bounds = { ttl: 0, period: 0, explicitMaxTtl: 0, maxTtl: 0, mountDefault: 100, mountMax: 1000 }
const at = (bounds: Partial<Bounds>, age = 0) => lifetime({ ...plain, ...bounds }, age).ttl

const bounds = fc.record({
  ttl: fc.nat(3000), period: fc.nat(3000), explicitMaxTtl: fc.nat(3000), maxTtl: fc.nat(3000),
  mountDefault: fc.integer({ min: 1, max: 500 }), mountMax: fc.integer({ min: 500, max: 2000 }),
})

/** The rules as sentences: the last moment a token may see, and what it would like. */
function model(b: Bounds, age: number): number {
  const ends = [Infinity]
  if (b.period === 0) ends.push(b.mountMax, ...(b.maxTtl > 0 ? [b.maxTtl] : []))
  if (b.explicitMaxTtl > 0) ends.push(b.explicitMaxTtl)
  const wanted = b.period > 0 ? Math.min(b.period, b.mountMax) : b.ttl > 0 ? b.ttl : b.mountDefault
  return Math.max(0, Math.min(wanted, Math.min(...ends) - age))
}

describe('the time a token is given', () => {
  it('is what was asked for, or the default of the mount', () => {
    expect([at({}), at({ ttl: 7 })]).toEqual([100, 7])
  })

  it('is capped by the mount and by the role, counted from creation', () => {
    expect([at({ ttl: 5000 }), at({ ttl: 5000, maxTtl: 300 }), at({ ttl: 5000, maxTtl: 300 }, 250), at({ ttl: 5000, maxTtl: 9000 })]).toEqual([1000, 300, 50, 1000])
  })

  it('is a whole period each time, past every maximum but the explicit one', () => {
    expect([at({ period: 50 }, 5000), at({ period: 50, explicitMaxTtl: 60 }, 20), at({ period: 5000 }, 0)]).toEqual([50, 40, 1000])
  })

  it('is told in a warning in the units of its clients', () => {
    const warnings = (of: Partial<Bounds>) => lifetime({ ...plain, mountDefault: 2_764_800, mountMax: 2_764_800, ...of }, 0).warnings

    expect(warnings({ ttl: 7_200_000 })).toEqual(['TTL of "2000h" exceeded the effective max_ttl of "768h"; TTL value is capped accordingly'])
    expect(warnings({ ttl: 18_000, explicitMaxTtl: 5400 })).toEqual(['TTL of "5h" exceeded the effective max_ttl of "1h30m"; TTL value is capped accordingly'])
    expect(warnings({ explicitMaxTtl: 3600 })).toEqual(['TTL of "768h" exceeded the effective max_ttl of "1h"; TTL value is capped accordingly'])
    expect(warnings({ period: 7_200_000 })).toEqual(['period of "2000h" exceeded the effective max_ttl of "768h"; period value is capped accordingly'])
  })

  it('is what the rules say, for any bounds at any age', () => {
    fc.assert(
      fc.property(bounds, fc.nat(2500), (b, age) => {
        expect(lifetime(b, age).ttl).toBe(model(b, age))
      }),
      { numRuns: 3000 },
    )
  })

  it('is never shortened without a warning, whether more was asked for or is the default', () => {
    fc.assert(
      fc.property(bounds, fc.nat(2500), (b, age) => {
        const { ttl, warnings } = lifetime({ ...b, period: 0 }, age)
        expect(warnings.length > 0).toBe(ttl < (b.ttl || b.mountDefault))
      }),
    )
  })
})
