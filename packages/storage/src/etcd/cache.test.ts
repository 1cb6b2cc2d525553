import { describe, expect, it } from 'vitest'
import { Cache, type Known } from './cache.js'

const known = (at: number, value?: string): Known => ({
  at,
  entry: value === undefined ? undefined : { key: 'k', value: new TextEncoder().encode(value), revision: BigInt(at) },
})
const valueOf = (found: Known | undefined) => found?.entry && new TextDecoder().decode(found.entry.value)

describe('memory', () => {
  it('keeps the newest of what it is told of a key, in whatever order', () => {
    const cache = new Cache(1 << 20)
    cache.learn('k', known(5, 'five'))
    cache.learn('k', known(4, 'four'))
    cache.follow('k', known(3))
    expect(valueOf(cache.get('k'))).toBe('five')

    cache.follow('k', known(6))
    expect(cache.get('k')).toEqual({ at: 6, entry: undefined })
  })

  it('does not keep what nobody asked for, but knows of a key that it is absent', () => {
    const cache = new Cache(1 << 20)
    cache.follow('k', known(1, 'unasked'))
    expect(cache.get('k')).toBeUndefined()

    const loading = cache.load('k')
    expect(cache.loaded('k', loading, known(2))).toEqual({ at: 2, entry: undefined })
    expect(cache.get('k')).toEqual({ at: 2, entry: undefined })
  })

  it('prefers an event that came while a key was read to the read, if it is newer', () => {
    const cache = new Cache(1 << 20)
    const [older, newer] = [cache.load('k'), cache.load('j')]
    cache.follow('k', known(7, 'event'))
    cache.follow('j', known(7, 'event'))

    expect(valueOf(cache.loaded('k', older, known(5, 'read')))).toBe('event')
    expect(valueOf(cache.loaded('j', newer, known(9, 'read')))).toBe('read')
  })

  it('has a key read again that changed to something which must be read', () => {
    const cache = new Cache(1 << 20)
    const loading = cache.load('k')
    cache.forget('k', 7)

    expect(cache.loaded('k', loading, known(5, 'old'))).toBeUndefined()
    expect(cache.loaded('k', cache.load('k'), known(7, 'new'))).toBeDefined()
    cache.forget('k', 6)
    expect(valueOf(cache.get('k'))).toBe('new')
  })

  it('gives a read from before it was cleared to who asked, and does not keep it', () => {
    const cache = new Cache(1 << 20)
    const loading = cache.load('k')
    cache.clear()

    expect(valueOf(cache.loaded('k', loading, known(5, 'read')))).toBe('read')
    expect(cache.get('k')).toBeUndefined()
  })

  it('gives a change that came before it was cleared to who asked, for he may have waited for it', () => {
    const cache = new Cache(1 << 20)
    const [told, forgotten] = [cache.load('told'), cache.load('forgotten')]
    cache.follow('told', known(7, 'event'))
    cache.forget('forgotten', 7)
    cache.clear()

    expect(valueOf(cache.loaded('told', told, known(5, 'read')))).toBe('event')
    expect(cache.loaded('forgotten', forgotten, known(5, 'read'))).toBeUndefined()
    expect([cache.get('told'), cache.get('forgotten')]).toEqual([undefined, undefined])
  })

  it('tells every read of a key what changed meanwhile, also one from before it was cleared that is made once more', () => {
    const cache = new Cache(1 << 20)
    const before = cache.load('k')
    cache.forget('k', 3)
    cache.clear()
    const after = cache.load('k')
    expect(cache.loaded('k', before, known(2, 'old'))).toBeUndefined()
    const again = cache.load('k')
    cache.follow('k', known(9, 'event'))

    expect(valueOf(cache.loaded('k', after, known(5, 'old')))).toBe('event')
    expect(valueOf(cache.get('k'))).not.toBe('old')
    expect(valueOf(cache.loaded('k', again, known(5, 'old')))).toBe('event')
  })

  it('takes no more than it may, and nothing that would take an eighth of it', () => {
    const cache = new Cache(100_000)
    for (let i = 0; i < 1000; i++) cache.learn(`k${i}`, known(1, 'x'.repeat(1000)))
    cache.learn('huge', known(1, 'x'.repeat(20_000)))

    expect(cache.bytes).toBeLessThanOrEqual(100_000)
    expect(cache.entries).toBeGreaterThan(50)
    expect(cache.get('huge')).toBeUndefined()
    expect(valueOf(cache.get('k999'))).toHaveLength(1000)
  })
})
