import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson, RawNumber, stringifyJson } from './json.js'
import { isHeavy, jsonBytes, jsonPieces, textPieces } from './json-writer.js'
import { atOnce, type Sliced } from './slices.js'

const textOf = (bytes: Uint8Array) => new TextDecoder('utf-8', { fatal: true }).decode(bytes)
const written = (value: unknown) => textOf(atOnce(jsonBytes(value)))
const steps = (work: Sliced<unknown>) => {
  let count = 0
  while (!work.next().done) count += 1
  return count
}

describe('JSON written in pieces', () => {
  it('is what JSON written in one is', () => {
    const odd = { u: undefined, f: () => 1, d: new Date(0), n: [undefined, NaN, new RawNumber('1.0')], '': null, 'ü"\n': '\ud800 \u0000' }
    for (const value of [odd, [], {}, [[]], 'a', 1, null, true, { a: {} }]) expect(written(value)).toBe(stringifyJson(value))
    fc.assert(fc.property(fc.jsonValue(), (value) => void expect(written(value)).toBe(stringifyJson(value))))
  })

  it('is the same for values of any size, and no piece is large', () => {
    const value = { long: '😀é"'.repeat(100_000), many: Array.from({ length: 60_000 }, (_, i) => `${i}`), deep: parseJson('[[[1.0]]]') }
    expect(written(value)).toBe(stringifyJson(value))
    const pieces = atOnce(jsonPieces(value))
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(6 * 65_536 * 2)
    expect(steps(jsonPieces(value))).toBeGreaterThan(10)
  })

  it('tears no character of a text', () => {
    const text = `x${'😀'.repeat(70_000)}`
    expect(Buffer.concat(atOnce(textPieces(text))).toString()).toBe(text)
  })
})

describe('a value', () => {
  it.each([
    ['a long string', 'x'.repeat(70_000)],
    ['a long name', { ['x'.repeat(70_000)]: 1 }],
    ['many values', Array.from({ length: 600 }, () => 1)],
    ['many values in lists', Array.from({ length: 30 }, () => Array.from({ length: 30 }, () => 1))],
    ['some long strings', Array.from({ length: 10 }, () => 'x'.repeat(7_000))],
  ])('with %s is heavy', (_, value) => {
    expect(isHeavy(value)).toBe(true)
  })

  it('of an ordinary secret is not', () => {
    expect(isHeavy({ data: { user: 'a', password: 'b', hosts: ['c', 'd'], pem: 'x'.repeat(10_000) } })).toBe(false)
  })
})
