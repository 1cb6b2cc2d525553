import { parseJson, RawNumber, stringifyJson } from '@chatelaine/sdk'
import fc from 'fast-check'
import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Hashing } from './hashing.js'

const salt = () => new Uint8Array(32).fill(7)
const hashed = (text: string) => `hmac-sha256:${createHmac('sha256', salt()).update(text).digest('hex')}`
const hashing = (options: Partial<ConstructorParameters<typeof Hashing>[1]> = {}) =>
  new Hashing(salt(), { hmacAccessor: true, logRaw: false, ...options })

describe('hashing', () => {
  it('hashes strings at any depth and leaves keys, numbers, booleans and null', () => {
    const given = { user: 'bob', deep: [{ pin: '1234', tries: 3, locked: false, note: null }, ['x']] }

    expect(hashing().data(given)).toEqual({
      user: hashed('bob'),
      deep: [{ pin: hashed('1234'), tries: 3, locked: false, note: null }, [hashed('x')]],
    })
  })

  it('keeps the literals of numbers that a double would change', () => {
    const given = parseJson('{"big":12345678901234567890,"exact":1.0}')
    expect(stringifyJson(hashing().data(given))).toBe('{"big":12345678901234567890,"exact":1.0}')
  })

  it('does not take a text for a number because it is wrapped as one', () => {
    expect(hashing().data({ n: new RawNumber('"secret"') })).toEqual({ n: hashed('"secret"') })
  })

  it('hashes what is neither plain data nor a number as the text it would become', () => {
    const date = new Date('2030-01-01T00:00:00Z')
    const given = { bytes: Buffer.from('raw body'), date, map: new Map([['k', 'v']]), set: new Set(['s']), big: 5n,
      gone: undefined, code: () => 'x' }

    expect(stringifyJson(hashing().data(given))).toBe(
      JSON.stringify({
        bytes: hashed(Buffer.from('raw body').toString('base64')),
        date: hashed(date.toISOString()),
        map: { k: hashed('v') },
        set: [hashed('s')],
      }).slice(0, -1) + ',"big":5}',
    )
  })

  it('shows the value of a key named __proto__ like any other', () => {
    const given = JSON.parse('{"__proto__":"secret"}') as unknown
    expect(JSON.stringify(hashing().data(given))).toBe(`{"__proto__":"${hashed('secret')}"}`)
  })

  it('leaves clear what stands under an exempt key, at any depth, but not what such a key merely contains', () => {
    const given = { name: 'a', list: ['b', ['c']], inner: { name: 'd', other: 'e' }, other: { list: { x: 'f' } } }

    expect(hashing().data(given, { clearKeys: new Set(['name', 'list']) })).toEqual({
      name: 'a', list: ['b', ['c']], inner: { name: 'd', other: hashed('e') }, other: { list: { x: hashed('f') } },
    })
  })

  it('survives data that is nested without end', () => {
    const loop: Record<string, unknown> = { secret: 's3cret' }
    loop['loop'] = loop
    expect(JSON.stringify(hashing().data(loop))).not.toContain('s3cret')
  })

  it('shows everything where log_raw says so, and accessors alone where hmac_accessor is off', () => {
    const raw = hashing({ logRaw: true })
    expect([raw.token('t'), raw.accessor('a'), raw.data({ k: 'v' })]).toEqual(['t', 'a', { k: 'v' }])

    const half = hashing({ hmacAccessor: false })
    expect([half.token('t'), half.accessor('a'), half.data({ k: 'v' })]).toEqual([hashed('t'), 'a', { k: hashed('v') }])
  })

  it('hashes a token the same before and after it was forgotten', () => {
    const one = hashing()
    const first = one.token('token')
    for (let i = 0; i < 5000; i++) one.token(`other ${i}`)
    expect([first, one.token('token')]).toEqual([hashed('token'), hashed('token')])
  })

  it('never lets a string of the data through', () => {
    const secret = fc.string({ minLength: 4 }).map((s) => `<${s}>`)
    const tree = fc.letrec((tie) => ({
      node: fc.oneof({ maxDepth: 6 }, secret, fc.integer(), fc.boolean(), fc.constant(null), fc.uint8Array(),
        tie('list'), tie('map')),
      list: fc.array(tie('node')),
      map: fc.dictionary(fc.stringMatching(/^[a-z_]{1,9}$/), tie('node')),
    })).map

    fc.assert(
      fc.property(tree, (given) => {
        for (const text of stringsOf(hashing().data(given))) expect(text).toMatch(/^hmac-sha256:[0-9a-f]{64}$/)
        const text = JSON.stringify(hashing().data(given))
        for (const value of stringsOf(given)) expect(text).not.toContain(JSON.stringify(value).slice(1, -1))
      }),
    )
  })
})

function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return []
  return Object.values(value).flatMap(stringsOf)
}
