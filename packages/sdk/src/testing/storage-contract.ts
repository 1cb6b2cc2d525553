import { describe, expect, it } from 'vitest'
import type { Storage } from '../storage.js'

const bytes = (text: string) => new TextEncoder().encode(text)
const put = (key: string, value = '') => ({ put: key, value: bytes(value) })

/** Large enough that a store with a limit on requests must have split it. */
const LARGE = 3 << 20

/** What it means to be a Storage. Every implementation and every layer runs this, unchanged. */
export function storageContract(name: string, open: () => Promise<Storage> | Storage): void {
  const text = async (storage: Storage, key: string) => {
    const entry = await storage.get(key)
    return entry && new TextDecoder().decode(entry.value)
  }
  const revisionOf = async (storage: Storage, key: string) => (await storage.get(key))?.revision ?? 0n

  describe(`storage contract: ${name}`, () => {
    it('gives back what was put', async () => {
      const storage = await open()
      await storage.commit([put('a/b', '1')])

      expect(await text(storage, 'a/b')).toBe('1')
      expect((await storage.get('a/b'))?.key).toBe('a/b')
      expect(await storage.get('a')).toBeUndefined()
      expect(await storage.get('a/')).toBeUndefined()
      expect(await storage.get('a/b/c')).toBeUndefined()
    })

    it('keeps the empty value apart from no value', async () => {
      const storage = await open()
      await storage.commit([put('empty', '')])

      expect(await text(storage, 'empty')).toBe('')
      expect(await storage.get('none')).toBeUndefined()
    })

    it('gives back a large value, byte for byte', async () => {
      const storage = await open()
      const value = Uint8Array.from({ length: LARGE }, (_, i) => (i * 31 + (i >> 8)) & 0xff)
      await storage.commit([{ put: 'large', value }])

      expect(Buffer.compare((await storage.get('large'))!.value, value)).toBe(0)
    })

    it('keeps what was passed, not what the caller made of it afterwards', async () => {
      const storage = await open()
      const value = bytes('as passed')
      const commit = storage.commit([{ put: 'k', value }])
      value.fill(0)
      await commit

      expect(await text(storage, 'k')).toBe('as passed')
    })

    it('tells keys apart that only look alike, and lists them in the order of their UTF-8', async () => {
      const storage = await open()
      const keys = ['é', '\uff5e', 'e\u0301', 'É', '😀', '😁', '\u{10ffff}', 'ключ', ' ', 'a b', 'a%2Fb', 'a\nb', '\u007f', '..', '__proto__']
      await storage.commit(keys.map((key) => put(key, `value of ${key}`)))

      for (const key of keys) expect(await text(storage, key)).toBe(`value of ${key}`)
      expect(await storage.list('')).toEqual(keys.toSorted((a, b) => Buffer.compare(bytes(a), bytes(b))))
    })

    it('lists immediate children in order, folders with a slash, pages after a name', async () => {
      const storage = await open()
      await storage.commit(['a', 'b/x', 'b/y', 'c'].map((key) => put(key)))

      expect(await storage.list('')).toEqual(['a', 'b/', 'c'])
      expect(await storage.list('b/')).toEqual(['x', 'y'])
      expect(await storage.list('none/')).toEqual([])
      expect(await storage.list('', { after: 'a', limit: 1 })).toEqual(['b/'])
    })

    it('continues a listing after a folder with what follows the folder, not with what is in it', async () => {
      const storage = await open()
      await storage.commit(['a/1', 'a/2', 'a/3', 'a0', 'b/1', 'c'].map((key) => put(key)))

      expect(await storage.list('', { after: 'a/' })).toEqual(['a0', 'b/', 'c'])
      expect(await storage.list('', { after: 'b/', limit: 5 })).toEqual(['c'])
      expect(await storage.list('', { after: 'b', limit: 1 })).toEqual(['b/'])
      expect(await storage.list('', { after: 'c' })).toEqual([])
      expect(await storage.list('a/', { after: '1', limit: 1 })).toEqual(['2'])
    })

    it('pages to the same names as one long listing', async () => {
      const storage = await open()
      await storage.commit(Array.from({ length: 50 }, (_, i) => put(i % 3 ? `k${i}` : `f${i % 9}/${i}`)))

      const paged: string[] = []
      for (let page = await storage.list('', { limit: 7 }); page.length > 0; ) {
        paged.push(...page)
        page = await storage.list('', { after: page.at(-1), limit: 7 })
      }
      expect(paged).toEqual(await storage.list(''))
    })

    it('holds a key and a folder of the same name', async () => {
      const storage = await open()
      await storage.commit([put('a', 'key'), put('a/b', 'inside'), put('a-b', 'between')])

      expect(await storage.list('')).toEqual(['a', 'a-b', 'a/'])
      await storage.commit([{ remove: 'a' }])
      expect(await storage.list('')).toEqual(['a-b', 'a/'])
      expect(await text(storage, 'a/b')).toBe('inside')
    })

    it('never lists what was removed, nor a folder that emptied', async () => {
      const storage = await open()
      await storage.commit([put('f/g/x'), put('f/y'), put('z')])
      expect(await storage.list('f/')).toEqual(['g/', 'y'])

      await storage.commit([{ remove: 'f/g/x' }])
      expect(await storage.list('f/')).toEqual(['y'])
      await storage.commit([{ remove: 'f/y' }, { remove: 'never there' }])
      expect(await storage.list('')).toEqual(['z'])
      expect(await storage.get('f/y')).toBeUndefined()
    })

    it('commits all or nothing, and only while every guard holds', async () => {
      const storage = await open()
      const absent = { key: 'k', revision: 0n }
      expect(await storage.commit([put('k', '1')], [absent])).toBe(true)
      expect(await storage.commit([put('k', '2'), put('other'), { remove: 'k' }], [absent])).toBe(false)
      expect(await text(storage, 'k')).toBe('1')
      expect(await storage.get('other')).toBeUndefined()
      expect(await storage.list('')).toEqual(['k'])

      const revision = await revisionOf(storage, 'k')
      expect(await storage.commit([{ remove: 'k' }], [{ key: 'k', revision }])).toBe(true)
      expect(await storage.get('k')).toBeUndefined()
    })

    it('refuses when any one of several guards fails', async () => {
      const storage = await open()
      await storage.commit([put('a'), put('b')])
      const guards = [
        { key: 'a', revision: await revisionOf(storage, 'a') },
        { key: 'b', revision: (await revisionOf(storage, 'b')) + 1n },
      ]

      expect(await storage.commit([put('c')], guards)).toBe(false)
      expect(await storage.commit([put('c')], guards.slice(0, 1))).toBe(true)
    })

    it('judges guards without writing, when there is nothing to write', async () => {
      const storage = await open()
      await storage.commit([put('k')])

      expect(await storage.commit([], [{ key: 'k', revision: await revisionOf(storage, 'k') }])).toBe(true)
      expect(await storage.commit([], [{ key: 'k', revision: 0n }])).toBe(false)
    })

    it('gives a later write a greater revision, also after a removal', async () => {
      const storage = await open()
      const revisions: bigint[] = []
      for (let round = 0; round < 4; round++) {
        await storage.commit([put('k', 'the same value')])
        revisions.push(await revisionOf(storage, 'k'))
        if (round === 1) await storage.commit([{ remove: 'k' }])
      }

      expect(revisions[0]).toBeGreaterThan(0n)
      expect(revisions.every((revision, i) => i === 0 || revision > revisions[i - 1]!)).toBe(true)
    })

    it('holds a key that was removed to be absent, and an old revision of it to be gone', async () => {
      const storage = await open()
      await storage.commit([put('k', '1')])
      const old = { key: 'k', revision: await revisionOf(storage, 'k') }
      await storage.commit([{ remove: 'k' }])

      expect(await storage.commit([put('k', '2')], [old])).toBe(false)
      expect(await storage.commit([put('k', '2')], [{ key: 'k', revision: 0n }])).toBe(true)
      expect(await storage.commit([put('k', '3')], [old])).toBe(false)
      expect(await text(storage, 'k')).toBe('2')
    })

    it('applies the writes of a commit in order, so the last one for a key counts', async () => {
      const storage = await open()
      await storage.commit([put('a', '1'), { remove: 'a' }, put('b', '1'), put('b', '2')])
      await storage.commit([{ remove: 'b' }, put('b', '3'), put('c', '1')])

      expect(await storage.get('a')).toBeUndefined()
      expect(await text(storage, 'b')).toBe('3')
      expect(await storage.list('')).toEqual(['b', 'c'])
    })

    it('lets exactly one of many racing writers through', async () => {
      const storage = await open()
      const claim = (i: number) => storage.commit([put('k', `${i}`)], [{ key: 'k', revision: 0n }])
      const outcomes = await Promise.all(Array.from({ length: 20 }, (_, i) => claim(i)))

      expect(outcomes.filter(Boolean)).toHaveLength(1)
      expect(await text(storage, 'k')).toBe(`${outcomes.indexOf(true)}`)
    })

    it('loses no increment of writers that read, decide and try again', async () => {
      const storage = await open()
      const increment = async () => {
        for (;;) {
          const before = await storage.get('n')
          const next = Number(before ? new TextDecoder().decode(before.value) : 0) + 1
          if (await storage.commit([put('n', `${next}`)], [{ key: 'n', revision: before?.revision ?? 0n }])) return
        }
      }
      await Promise.all(Array.from({ length: 8 }, async () => {
        for (let i = 0; i < 5; i++) await increment()
      }))

      expect(await text(storage, 'n')).toBe('40')
    })

    it('shows its own writes as soon as their commit resolves', async () => {
      const storage = await open()
      const writer = async (own: number) => {
        await storage.commit([put(`w/${own}`, `${own}`)])
        return (await text(storage, `w/${own}`)) === `${own}` && (await storage.list('w/')).includes(`${own}`)
      }

      expect(await Promise.all(Array.from({ length: 30 }, (_, i) => writer(i)))).not.toContain(false)
    })
  })
}
