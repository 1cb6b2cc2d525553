import { describe, expect, it } from 'vitest'
import {
  asBoolean, asList, asNumber, asObject, asString, asStrings, HclError, labelled, parse, readEntries, type Value,
} from './index.js'

const value = (text: string): Value => parse(`v = ${text}`).entries[0]!.value
const names = (text: string) => labelled(parse(text).entries[0]!).map(({ label }) => label.name)

describe('reading values by type', () => {
  it('gives what is asked for', () => {
    expect(asString(value('"x"'))).toBe('x')
    expect([asNumber(value('8200')), asNumber(value('"8200"'))]).toEqual([8200, 8200])
    expect(asStrings(value('["a", "b"]'))).toEqual(['a', 'b'])
    expect(asList(value('[1]'))).toHaveLength(1)
    expect(asObject(value('[{ a = 1 }]')).entries).toHaveLength(1)
  })

  it('takes the spellings of true and false that Vault takes', () => {
    expect(['true', '"true"', '1', '"1"'].map((text) => asBoolean(value(text)))).toEqual([true, true, true, true])
    expect(['false', '"false"', '0', '"0"'].map((text) => asBoolean(value(text)))).toEqual([false, false, false, false])
  })

  it('names what it wanted and what it found, at its place, without the value', () => {
    expect(() => asString(value('31337'))).toThrow('expected a string, found a number on line 1, column 5')
    expect(() => asNumber(value('"s3cret"'))).toThrow(new HclError('expected a number', { line: 1, column: 5 }))
    expect(() => asBoolean(value('2'))).toThrow('expected true or false')
    expect(() => asStrings(value('"a"'))).toThrow('expected a list, found a string')
    expect(() => asStrings(value('["a", 1]'))).toThrow('expected a string, found a number on line 1, column 11')
    expect(() => asObject(value('[{}, {}]'))).toThrow('expected an object, found a list')
  })
})

describe('readEntries', () => {
  it('visits in order', () => {
    const seen: string[] = []
    readEntries(parse('b = 1\na = 2\nx "l" {}\nx "m" {}'), {
      once: { a: () => seen.push('a'), b: () => seen.push('b') },
      many: { x: ({ labels }) => seen.push(labels[0]!.name) },
    })

    expect(seen).toEqual(['b', 'a', 'l', 'm'])
  })

  it('refuses a key nobody reads, even one every object has', () => {
    expect(() => readEntries(parse('a = 1\n  c = 2'), { once: { a: () => {} } })).toThrow(
      'invalid key "c" on line 2, column 3',
    )
    expect(() => readEntries(parse('constructor = 1'), {})).toThrow('invalid key "constructor"')
  })

  it('refuses the second of what may come once, and a label nobody expects', () => {
    expect(() => readEntries(parse('a = 1\na = 2'), { once: { a: () => {} } })).toThrow(
      '"a" is set twice on line 2, column 1',
    )
    expect(() => readEntries(parse('a "b" {}'), { once: { a: () => {} } })).toThrow('"a" takes no label')
  })
})

describe('labelled', () => {
  it('finds the same blocks in every way of writing them', () => {
    const ways = [
      'path "a" {}', 'path { "a" {} }', 'path { a = {} }', 'path = { "a" = {} }', '{"path": {"a": {}}}',
      '{"path": [{"a": {}}]}',
      '{"path": {"a": [{}]}}',
    ]
    expect(ways.map(names)).toEqual(ways.map(() => ['a']))
  })

  it('keeps every occurrence, in order', () => {
    expect(names('{"path": [{"b": {}, "a": {}}, {"b": {}}]}')).toEqual(['b', 'a', 'b'])
  })

  it('refuses what is no block, and a second label', () => {
    expect(() => names('path = "a"')).toThrow('expected an object, found a string')
    expect(() => names('path { a = 1 }')).toThrow('expected an object, found a number')
    expect(() => names('path "a" "b" {}')).toThrow('"path" takes one label on line 1, column 10')
    expect(() => names('path { a "b" {} }')).toThrow('"path" takes one label on line 1, column 10')
  })
})
