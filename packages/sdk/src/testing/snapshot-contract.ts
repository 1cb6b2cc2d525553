import { describe, expect, it } from 'vitest'
import { compareKeys } from '../key-order.js'
import type { OpenStorage, StorageSnapshot, Write } from '../storage.js'

const bytes = (text: string) => new TextEncoder().encode(text)
const put = (key: string, value = '') => ({ put: key, value: bytes(value) })

const LARGE = 3 << 20

/** Everything a snapshot holds, values as text. */
async function drained(snapshot: StorageSnapshot): Promise<[string, string][]> {
  const found: [string, string][] = []
  for await (const { key, value } of snapshot.entries) found.push([key, new TextDecoder().decode(value)])
  await snapshot.close()
  return found
}

/** In commits that every store takes. */
async function putAll(storage: OpenStorage, writes: readonly Write[]): Promise<void> {
  for (let at = 0; at < writes.length; at += 50) await storage.commit(writes.slice(at, at + 50))
}

/** What a snapshot promises. Every storage that can be opened runs this, unchanged. */
export function snapshotContract(name: string, open: () => Promise<OpenStorage> | OpenStorage): void {
  describe(`snapshot contract: ${name}`, () => {
    it('gives everything, in the order of keys, and says how much will come', async () => {
      const storage = await open()
      const keys = ['z', 'a/b/c', 'a', 'a-b', 'a/', 'a//x', '\uff5e', '😀', 'é', 'e\u0301', ' ', ...Array.from({ length: 600 }, (_, i) => `many/${i % 7}/${i}`)]
      await putAll(storage, keys.map((key) => put(key, `value of ${key}`)))
      await storage.commit([put('gone')])
      await storage.commit([{ remove: 'gone' }, put('empty', '')])

      const snapshot = await storage.snapshot()

      expect(snapshot.count).toBe(keys.length + 1)
      const expected = [...keys.map((key): [string, string] => [key, `value of ${key}`]), ['empty', '']]
      expect(await drained(snapshot)).toEqual(expected.sort(([a], [b]) => compareKeys(a!, b!)))
    })

    it('is empty where nothing is kept', async () => {
      const snapshot = await (await open()).snapshot()

      expect(snapshot.count).toBe(0)
      expect(await drained(snapshot)).toEqual([])
    })

    it('gives large values whole', async () => {
      const storage = await open()
      const value = Uint8Array.from({ length: LARGE }, (_, i) => (i * 31 + (i >> 8)) & 0xff)
      await storage.commit([{ put: 'large', value }])
      await storage.commit([put('small', 'after')])

      const snapshot = await storage.snapshot()
      const found = new Map<string, Uint8Array>()
      for await (const { key, value } of snapshot.entries) found.set(key, value)
      await snapshot.close()

      expect(Buffer.compare(found.get('large')!, value)).toBe(0)
      expect([...found.keys()]).toEqual(['large', 'small'])
    })

    it('shows one moment: what is written, removed and made anew while it is read is not in it', async () => {
      const storage = await open()
      const before = Array.from({ length: 700 }, (_, i): [string, string] => [`f${i % 3}/${String(i).padStart(4, '0')}`, `old ${i}`])
      await putAll(storage, before.map(([key, value]) => put(key, value)))

      const snapshot = await storage.snapshot()
      const found: [string, string][] = []
      for await (const { key, value } of snapshot.entries) {
        found.push([key, new TextDecoder().decode(value)])
        if (found.length % 100 !== 1) continue
        const [ahead, behind] = [before[found.length + 5]?.[0] ?? 'x', key]
        await storage.commit([put(ahead, 'new'), put(`f1/${found.length}`), put(`new/${found.length}`), { remove: 'f2/0500' }])
        await storage.commit([{ remove: behind }, { remove: 'f2/0599' }, put('f2/0599/inside'), put('f2/0500', 'again')])
        await storage.commit([{ remove: 'f2/0599/inside' }, { remove: ahead }])
      }
      await snapshot.close()

      expect(found).toEqual(before.toSorted(([a], [b]) => compareKeys(a, b)))
      expect(snapshot.count).toBe(found.length)
    })

    it('is no older than the commits that were answered before, and each has its own moment', async () => {
      const storage = await open()
      await storage.commit([put('k', '1')])
      const first = await storage.snapshot()
      await storage.commit([put('k', '2')])
      const second = await storage.snapshot()
      await storage.commit([{ remove: 'k' }])
      const third = await storage.snapshot()

      expect([await drained(first), await drained(third), await drained(second)]).toEqual([[['k', '1']], [], [['k', '2']]])
      expect(first.revision).toBeLessThan(second.revision)
      expect(second.revision).toBeLessThan(third.revision)
    })

    it('never cuts a commit in two', async () => {
      const storage = await open()
      let writing = true
      const writer = async () => {
        for (let i = 0; writing; i++) await storage.commit([put('left', `${i}`), put('middle', `${i}`), put('right', `${i}`)])
      }
      const writers = [writer(), writer()]
      for (let round = 0; round < 20; round++) {
        const values = (await drained(await storage.snapshot())).map(([, value]) => value)
        expect(new Set(values).size).toBeLessThanOrEqual(1)
      }
      writing = false
      await Promise.all(writers)
    })

    it('is gone through once', async () => {
      const storage = await open()
      await storage.commit([put('a'), put('b')])
      const snapshot = await storage.snapshot()
      for await (const { key } of snapshot.entries) expect(['a', 'b']).toContain(key)

      const again: string[] = []
      for await (const { key } of snapshot.entries) again.push(key)
      await snapshot.close()

      expect(again).toEqual([])
    })

    it('may be closed at any time, and again, and the storage goes on', async () => {
      const storage = await open()
      await putAll(storage, Array.from({ length: 300 }, (_, i) => put(`k${i}`, 'v')))

      const unread = await storage.snapshot()
      await unread.close()
      const half = await storage.snapshot()
      for await (const _ of half.entries) break
      await half.close()
      await Promise.all([half.close(), unread.close()])
      await storage.commit([put('later', 'yes')])

      expect((await drained(await storage.snapshot())).length).toBe(301)
    })
  })
}
