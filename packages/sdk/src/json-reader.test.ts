import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson, RawNumber } from './json.js'
import { defaultJsonLimits, JsonError, type JsonLimits } from './json-limits.js'
import { JsonReader, readJson } from './json-reader.js'
import { atOnce } from './slices.js'

const bytesOf = (text: string) => new TextEncoder().encode(text)

function read(text: string | Uint8Array, limits?: Partial<JsonLimits>, size = Infinity): unknown {
  const bytes = typeof text === 'string' ? bytesOf(text) : text
  const reader = new JsonReader({ ...defaultJsonLimits, ...limits })
  for (let i = 0; i < bytes.length; i += Math.min(size, bytes.length)) reader.push(bytes.subarray(i, i + size))
  return reader.end()
}

describe('a JSON text that comes in pieces', () => {
  const text = '{"a":[1,-2.5e3,12345678901234567890,1.0,true,false,null,"x\\u00e9\\ud83d\\ude00\\n\\"\\\\","é😀",""],"":{},"b":[],"a":{"__proto__":{"c":1}} , "2":1,"1":2 }'

  it('is what it is in one, wherever it is cut', () => {
    const bytes = bytesOf(text)
    for (let size = 1; size <= bytes.length; size++) expect(read(bytes, {}, size)).toEqual(parseJson(text))
    expect(Object.keys(read(text) as object)).toEqual(Object.keys(parseJson(text) as object))
  })

  it('keeps the numbers that a double would change, and gives names such as __proto__ to properties', () => {
    const value = read('{"__proto__":1,"n":[1.0,-0,1e400]}') as { n: unknown[] }
    expect(Object.entries(value)).toEqual([['__proto__', 1], ['n', ['1.0', '-0', '1e400'].map((n) => new RawNumber(n))]])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })

  it.each(['', ' ', '{', '[1', '"a', '1 2', '{}x', '[1,]', '{"a":1,}', '{"a"}', '{a:1}', '[,]', ']', 'tru', 'truE', 'nul l', '01', '1.', '-', '"\\x"', '"\\u12"', '"\n"', '\u{feff}{}', '{"a":1]', '[1}', '{"a"::1}'])(
    'is refused as %j alike',
    (wrong) => {
      expect(() => parseJson(wrong)).toThrow()
      for (const size of [1, 2, Infinity]) expect(() => read(wrong, {}, size)).toThrow(expect.toSatisfy(JsonError.invalid.is))
    },
  )

  it('is refused where a string is no UTF-8', () => {
    for (const bad of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xc0, 0xaf]]) {
      expect(() => read(Uint8Array.of(0x22, ...bad, 0x22))).toThrow(expect.toSatisfy(JsonError.notUtf8.is))
    }
    expect(() => read(Uint8Array.of(0x5b, 0xff, 0x5d))).toThrow(expect.toSatisfy(JsonError.invalid.is))
  })
})

describe('a JSON text with too much', () => {
  const refused = (text: string, limits: Partial<JsonLimits>) => {
    try {
      read(text, limits, 3)
      return undefined
    } catch (error) {
      return (error as Error).message
    }
  }

  it.each<[string, Partial<JsonLimits>, string, string]>([
    ['nesting', { depth: 2 }, '[{"a":1}]', '[{"a":[]}]'],
    ['in a string', { stringBytes: 4 }, '["\\u00e9\\u00e9","éé","\\n\\n\\n\\n"]', '["\\u00e9\\u00e9a"]'],
    ['in a name', { stringBytes: 4 }, '{"abcd":1}', '{"abcde":1}'],
    ['in a number', { stringBytes: 4 }, '[1234]', '[12345]'],
    ['entries', { objectEntries: 2 }, '{"a":1,"b":{"c":1,"d":1}}', '{"a":1,"a":1,"a":1}'],
    ['elements', { arrayElements: 2 }, '[[1,2],[3,4]]', '[[1,2,3]]'],
    ['in all', { tokens: 8 }, '[[1,2],[]]', '[[1,2],[3]]'],
  ])('%s is refused, and one at the limit is not', (_, limits, good, bad) => {
    expect(refused(good, limits)).toBeUndefined()
    expect(refused(bad, limits)).toMatch(/exceeds allowed/)
  })

  it('is refused at the first byte that is too much, however much follows', () => {
    const reader = new JsonReader({ ...defaultJsonLimits, arrayElements: 10 })
    const list = bytesOf(`[${'1,'.repeat(12)}`)
    expect(() => reader.push(list)).toThrow(expect.toSatisfy(JsonError.manyElements.is))
    const long = new JsonReader({ ...defaultJsonLimits, stringBytes: 10 })
    long.push(bytesOf('["'))
    expect(() => long.push(bytesOf('x'.repeat(11)))).toThrow(expect.toSatisfy(JsonError.longString.is))
  })
})

it('a text in memory is read in pieces of bounded size', () => {
  const bytes = bytesOf(JSON.stringify({ a: 'x'.repeat(1_000_000), b: Array.from({ length: 9_000 }, (_, i) => i) }))
  const work = readJson(bytes)
  let steps = 0
  while (!work.next().done) steps += 1
  expect(steps).toBe(Math.ceil(bytes.length / 16_384))
  expect(atOnce(readJson(bytes))).toEqual(JSON.parse(new TextDecoder().decode(bytes)))
})

it('whatever the text, the reader and the parser agree', () => {
  const json = fc.oneof(fc.jsonValue().map((value) => JSON.stringify(value)), fc.jsonValue().map((value) => JSON.stringify(value, null, ' \t')))
  fc.assert(
    fc.property(json, fc.integer({ min: 1, max: 7 }), (text, size) => {
      expect(read(text, {}, size)).toEqual(parseJson(text))
    }),
  )
})
