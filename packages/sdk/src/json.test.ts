import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonDepth, parseJson, RawNumber, stringifyJson } from './json.js'

describe('json', () => {
  it.each(['12345678901234567890', '1.0', '-0', '1e400', '0.1000', '[1.50,2]', '{"a":[1E5,"1.0"]}', '{ "a" : -0.0 }', ' 1.0'])(
    'gives %s back as it was written',
    (text) => {
      expect(stringifyJson(parseJson(text))).toBe(text.replace(/\s/g, ''))
    },
  )

  it('keeps ordinary numbers as numbers', () => {
    expect(parseJson('[0,1,-5,0.25,123456789012345]')).toEqual([0, 1, -5, 0.25, 123456789012345])
  })

  it('does not take digits in strings for numbers', () => {
    expect(parseJson('["2026-11-23T08:53:16.010Z", "a,1.0", "\\"1.0", 1.0]')).toEqual([
      '2026-11-23T08:53:16.010Z', 'a,1.0', '"1.0', new RawNumber('1.0'),
    ])
  })

  it('agrees with JSON.parse on every value whose numbers survive it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value)
        expect(JSON.parse(stringifyJson(parseJson(text)))).toEqual(JSON.parse(text))
      }),
    )
  })

  it('throws what JSON.parse throws for text that is not JSON', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const valid = succeeds(() => JSON.parse(text))
        expect(succeeds(() => parseJson(text))).toBe(valid)
      }),
    )
    for (const text of ['01.0', '1.', '.5', '1.0.0', '-', '1e', '[1.0', '{"a":1.0,}']) expect(() => parseJson(text)).toThrow(SyntaxError)
  })

  it('refuses a body made of lossy numbers, which would cost more than they are worth', () => {
    const many = (count: number) => `[${Array.from({ length: count }, () => '1.0').join(',')}]`

    expect(parseJson(many(50_000))).toHaveLength(50_000)
    expect(() => parseJson(many(60_000))).toThrow(SyntaxError)
  })

  it('leaves prototypes alone', () => {
    const value = parseJson('{"__proto__":{"a":1.0}}') as object
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(stringifyJson(value)).toBe('{"__proto__":{"a":1.0}}')
  })

  it('counts nesting outside strings, and no further than asked', () => {
    expect(jsonDepth('{"a":[{"b":"[[[["}]}', 10)).toBe(3)
    expect(jsonDepth('["\\\\\\"[", 1]', 10)).toBe(1)
    expect(jsonDepth('['.repeat(100_000), 300)).toBe(301)
  })
})

const succeeds = (run: () => unknown) => {
  try {
    run()
    return true
  } catch {
    return false
  }
}
