import { expect, it } from 'vitest'
import { Refusals } from './refusals.js'

it('answers one stranger five times a minute', () => {
  const refusals = new Refusals()

  const allowed = [0, 1, 2, 3, 4, 5].map((second) => refusals.allow(1, second))

  expect(allowed).toEqual([true, true, true, true, true, false])
  expect(refusals.allow(2, 5)).toBe(true)
  expect(refusals.allow(1, 60)).toBe(true)
})

it('answers all strangers together sixty times a minute', () => {
  const refusals = new Refusals()
  const all = Array.from({ length: 61 }, (_, id) => refusals.allow(id, 0))

  expect(all.filter(Boolean)).toHaveLength(60)
  expect(refusals.allow(1000, 60)).toBe(true)
})
