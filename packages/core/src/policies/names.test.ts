import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignable, deletable, normalizePolicyName, PolicyError, writable } from './index.js'

describe('policy names', () => {
  it('are kept in lower case', () => {
    expect(normalizePolicyName('Team-A')).toBe('team-a')
    expect(normalizePolicyName('')).toBe('')
  })

  it.each([
    ' root', 'root ', 'ROOT ', '\troot', 'root\n', 'ro\u0000ot', '\u00a0root', 'root\u200b', '\ufeffroot', 'ro\u00adot',
    '\u2003root',
  ])(
    'that would need mending, such as %j, are refused everywhere',
    (name) => {
      expect(() => normalizePolicyName(name)).toThrow()
      expect([assignable(name), writable(name), deletable(name)]).toEqual([false, false, false])
    },
  )

  it('reserve root and response-wrapping in every spelling', () => {
    for (const name of ['root', 'Root', 'ROOT']) {
      expect(normalizePolicyName(name)).toBe('root')
      expect([assignable(name), writable(name), deletable(name)]).toEqual([true, false, false])
    }
    for (const name of ['response-wrapping', 'Response-Wrapping']) {
      expect([assignable(name), writable(name), deletable(name)]).toEqual([false, false, false])
    }
  })

  it('let default be written but not deleted, and anything else be both', () => {
    expect([assignable('Default'), writable('Default'), deletable('Default')]).toEqual([true, true, false])
    expect([assignable('a b/c'), writable('a b/c'), deletable('a b/c')]).toEqual([true, true, true])
    expect(writable('')).toBe(false)
  })

  it('are in their only form after one pass, so that nothing becomes root later', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('', 'root', 'RoOt', 'ＲＯＯＴ'), (noise, core) => {
        const name = noise + core
        try {
          const normal = normalizePolicyName(name)
          expect(normalizePolicyName(normal)).toBe(normal)
          expect(normal.trim()).toBe(normal)
          expect(writable(name)).toBe(name !== '' && normal !== 'root' && normal !== 'response-wrapping')
        } catch (error) {
          if (!PolicyError.badName.is(error)) throw error
          expect(assignable(name)).toBe(false)
        }
      }),
    )
  })
})
