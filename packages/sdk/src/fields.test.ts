import { Type as T } from 'typebox'
import { describe, expect, it } from 'vitest'
import { acceptInput, Duration, Integers, Pairs, RequestError, Strings } from './fields.js'
import { RawNumber } from './json.js'

const Schema = T.Object({
  ttl: T.Optional(Duration()),
  policies: T.Optional(Strings()),
  versions: T.Optional(Integers()),
  meta: T.Optional(Pairs()),
  on: T.Optional(T.Boolean()),
  count: T.Optional(T.Integer({ minimum: 0, default: 7 })),
  name: T.Optional(T.String()),
  anything: T.Optional(T.Unknown()),
})
const accept = (input: Record<string, unknown>) => acceptInput(Schema, input)

describe('acceptInput', () => {
  it.each([
    ['ttl', '5m', 300], ['ttl', 300, 300], ['ttl', '300', 300],
    ['policies', 'a, b,,c', ['a', 'b', 'c']], ['policies', ['a'], ['a']], ['policies', [1], ['1']], ['policies', '', []],
    ['versions', '1,2', [1, 2]], ['versions', [1, '2'], [1, 2]], ['versions', 3, [3]],
    ['meta', { a: 'b', n: 1 }, { a: 'b', n: '1' }], ['meta', 'a=b', { a: 'b' }], ['meta', ['a=b', 'c=d=e'], { a: 'b', c: 'd=e' }],
    ['on', 'true', true], ['on', 1, true], ['on', '0', false], ['on', 'F', false],
    ['count', '5', 5], ['count', new RawNumber('5'), 5], ['name', 12, '12'],
  ])('is as lenient as Vault: %s = %j', (field, given, taken) => {
    expect(accept({ [field]: given })).toMatchObject({ [field]: taken })
  })

  it.each([
    ['ttl', 'soon'], ['versions', 'a'], ['versions', [1.5]], ['meta', 'novalue'], ['meta', { a: {} }], ['on', 'maybe'], ['count', 'x'],
    ['count', -1], ['count', 1.5], ['name', {}], ['policies', [{}]],
  ])('refuses %s = %j, naming the field and never the value', (field, given) => {
    const secret = typeof given === 'string' ? given : undefined
    try {
      accept({ [field]: given })
      expect.unreachable()
    } catch (error) {
      expect(RequestError.invalidField.is(error)).toBe(true)
      expect(String(error)).toContain(`"${field}`)
      if (secret) expect(String(error)).not.toContain(`: ${secret}`)
    }
  })

  it('fills defaults, drops what is not declared, and takes null for absent', () => {
    expect(accept({ other: 1, name: null })).toEqual({ count: 7 })
  })

  it('names a field that is missing', () => {
    expect(() => acceptInput(T.Object({ token: T.String() }), {})).toThrow('missing token')
  })

  it('takes the object whole where any field is welcome', () => {
    const input = { a: 1, __proto__: { b: 2 } }
    expect(acceptInput(T.Record(T.String(), T.Unknown()), input)).toBe(input)
  })

  it('does not find fields on a prototype', () => {
    expect(acceptInput(T.Object({ constructor: T.Optional(T.Unknown()) }), {})).toEqual({})
  })
})

describe('a list', () => {
  it.each([['policies', 'a,'.repeat(500_000)], ['versions', '1,'.repeat(10_001)], ['meta', 'a=b,'.repeat(10_001)], ['policies', Array.from({ length: 10_001 }, () => 'a')]])(
    'has no more items than one in JSON, however %s was written',
    (field, value) => {
      expect(() => accept({ [field]: value })).toThrow(`expected at most 10000 items`)
    },
  )
})
