import { describe, expect, it } from 'vitest'
import { base62, noncePool, randomBytes, uuid } from './random.js'

describe('noncePool', () => {
  it('hands out every batch once, front to back, and never changes a nonce already given', () => {
    let batches = 0
    const random = (length: number) => {
      batches++
      return Uint8Array.from({ length }, (_, i) => (i % 12 === 0 ? batches : Math.floor(i / 12)))
    }
    const nonce = noncePool(random)

    const given = Array.from({ length: 700 }, nonce)

    expect(given.every((one) => one.length === 12)).toBe(true)
    expect(new Set(given.map((one) => Buffer.from(one).toString('hex'))).size).toBe(700)
    expect(batches).toBe(3)
  })

  it('gives no nonce twice from the real generator', () => {
    const [one, two] = [noncePool(), noncePool()]
    const given = Array.from({ length: 20_000 }, (_, i) => Buffer.from((i % 2 ? one : two)()).toString('hex'))
    expect(new Set(given).size).toBe(20_000)
  })
})

describe('base62', () => {
  it('throws away bytes that would favour the first letters', () => {
    const bytes = [...Array(8).keys()].map((i) => 248 + i).concat([0, 61, 62, 247])
    let at = 0
    const random = (length: number) => Uint8Array.from({ length }, () => bytes[at++ % bytes.length]!)

    expect(base62(4, random)).toBe('0z0z')
  })

  it('uses every letter about equally', () => {
    const text = base62(62_000)

    const counts = new Map<string, number>()
    for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1)

    // 1000 expected of each, deviation 31.5: six deviations either side is a chance of one in eight million runs.
    expect(counts.size).toBe(62)
    expect(Math.min(...counts.values())).toBeGreaterThan(810)
    expect(Math.max(...counts.values())).toBeLessThan(1190)
  })

  it('has the length asked for', () => {
    expect([0, 1, 24, 95].map((length) => base62(length).length)).toEqual([0, 1, 24, 95])
  })
})

describe('randomBytes and uuid', () => {
  it('gives each key memory of its own, so that zeroing one spoils no other', () => {
    expect(randomBytes(32).buffer.byteLength).toBe(32)
  })

  it('makes version 4 uuids', () => {
    expect(uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})
