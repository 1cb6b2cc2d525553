import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { compareKeys, type StorageSnapshot } from '@chatelaine/sdk'
import { snapshotContract } from '@chatelaine/sdk/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StorageError } from '../errors.js'
import { realDisk, type Disk } from './disk.js'
import { contents, put, temporary } from './testing/folder.js'

const store = temporary()

snapshotContract('log', () => store.open())
snapshotContract('log that compacts whenever it can', () => store.open({ compactAbove: 0 }))

async function drained(snapshot: StorageSnapshot): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for await (const { key, value } of snapshot.entries) found[key] = Buffer.from(value).toString()
  return found
}

const segments = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.log'))

/** Waits for turns of the event loop until `holds`. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate)
}

describe('a snapshot of the log', () => {
  it('keeps what a compaction replaces until it is closed', async () => {
    const folder = store.folder()
    const storage = await store.open({ folder, compactAbove: 4096 })
    for (let i = 0; i < 40; i++) await storage.commit([put(`k${i % 20}`, `${i}`.padEnd(300, '.'))])
    const before = await contents(storage)
    const [oldest = ''] = segments(folder)

    const snapshot = await storage.snapshot()
    const other = await storage.snapshot()
    const reading = snapshot.entries[Symbol.asyncIterator]()
    const first = await reading.next()
    for (let i = 0; i < 60; i++) await storage.commit([put(`k${i % 20}`, 'x'.repeat(300))])
    await until(() => segments(folder).length >= 3)
    expect(segments(folder)).toContain(oldest)

    const found: Record<string, string> = { [first.value.key]: Buffer.from(first.value.value).toString() }
    for await (const { key, value } of { [Symbol.asyncIterator]: () => reading }) found[key] = Buffer.from(value).toString()
    expect(found).toEqual(before)

    await snapshot.close()
    await snapshot.close()
    expect(segments(folder)).toContain(oldest)
    expect(await drained(other)).toEqual(before)
    await other.close()
    await until(() => !segments(folder).includes(oldest))
    expect(Object.keys(await contents(storage))).toHaveLength(20)
  })

  it('is refused by a closed store, and one that is being read breaks off rather than ends', async () => {
    const folder = store.folder()
    const storage = await store.open({ folder, compactAbove: 0 })
    for (let i = 0; i < 600; i++) await storage.commit([put(`k${i}`)])
    const [snapshot, unread] = [await storage.snapshot(), await storage.snapshot()]
    const reading = snapshot.entries[Symbol.asyncIterator]()
    await reading.next()
    await storage.close()

    await expect(reading.next()).rejects.toSatisfy(StorageError.closed.is)
    await expect(drained(unread)).rejects.toSatisfy(StorageError.closed.is)
    await expect(storage.snapshot()).rejects.toSatisfy(StorageError.closed.is)
    await snapshot.close()
    expect((await (await store.open({ folder })).list('')).length).toBe(600)
  })

  it('breaks off when it is closed while it is read', async () => {
    const storage = await store.open()
    await storage.commit([put('a'), put('b')])
    const snapshot = await storage.snapshot()
    const reading = snapshot.entries[Symbol.asyncIterator]()
    await reading.next()
    await snapshot.close()

    await expect(reading.next()).rejects.toSatisfy(StorageError.closed.is)
  })

  it('leaves nothing behind when the store is closed over it', async () => {
    const folder = store.folder()
    const lines: string[] = []
    const storage = await store.open({ folder, compactAbove: 0 })
    for (let i = 0; i < 10; i++) await storage.commit([put('k', `${i}`)])
    await storage.snapshot()
    for (let i = 0; i < 10; i++) await storage.commit([put('k', `${i}`)])
    await until(() => segments(folder).length >= 3)
    await storage.close()

    await store.open({ folder, log: (line) => lines.push(line) })
    expect(lines).toEqual([])
    expect(readdirSync(dirname(folder))).toEqual(['store'])
  })

  it('shows a commit that has just reached the disk wholly or not at all, revision included', async () => {
    const taken: Promise<StorageSnapshot>[] = []
    let watching = false
    const watch = async () => {
      for (let i = 0; watching && i < 20; i++) {
        taken.push(storage.snapshot())
        await undefined
      }
    }
    const datasync: Disk['datasync'] = (fd) => realDisk.datasync(fd).finally(() => void watch())
    const storage = await store.open({}, { ...realDisk, datasync })
    await storage.commit([put('a', '1')])
    const before = (await storage.get('a'))!.revision
    watching = true
    await storage.commit([put('a', '2')])

    const seen = await Promise.all(taken.map(async (one) => [(await one).revision - before, (await drained(await one))['a']]))
    expect(seen.every(([since, value]) => value === (since === 0n ? '1' : '2'))).toBe(true)
    expect(new Set(seen.map(([, value]) => value))).toEqual(new Set(['1', '2']))
  })

  it('lets the event loop turn while it is read without a pause', async () => {
    const storage = await store.open()
    for (let i = 0; i < 8; i++) await storage.commit([put(`k${i}`, 'v'.repeat(200_000))])
    let turns = 0
    const turning = setImmediate(function turn() {
      turns += 1
      next = setImmediate(turn)
    })
    let next = turning
    const snapshot = await storage.snapshot()
    await drained(snapshot)
    clearImmediate(next)
    await snapshot.close()

    expect(turns).toBeGreaterThan(2)
  })

  it('of a folder that is walked in pages has what was there, though names of every page come and go meanwhile', async () => {
    const storage = await store.open()
    const names = Array.from({ length: 3000 }, (_, i) => String(i).padStart(5, '0'))
    await storage.commit(names.map((name) => put(`f/${name}`, name)))
    const snapshot = await storage.snapshot()
    const found: string[] = []
    for await (const { key, value } of snapshot.entries) {
      if (found.length % 100 === 0) {
        const near = Number(key.slice(2))
        const touched = [near - 50, near + 1, near + 500, near + 1500].filter((n) => n >= 0 && n < names.length)
        await storage.commit(touched.flatMap((n) => [{ remove: `f/${names[n]}` }, put(`f/${names[n]}+`, 'new'), put(`f/${names[(n + 7) % 3000]}`, 'changed')]))
      }
      found.push(`${key}=${Buffer.from(value).toString()}`)
    }
    await snapshot.close()

    expect(found).toEqual(names.map((name) => `f/${name}=${name}`))
  })

  it('is the state at its moment whatever is written meanwhile, across compactions', { timeout: 60_000 }, async () => {
    const key = fc.constantFrom('a', 'a/', 'a/b', 'a/b/c', 'a/b/d', 'a0', 'b/x', 'b/y', '😀', '\uff5e', 'c//d')
    const write = fc.oneof(
      fc.record({ put: key, value: fc.string({ maxLength: 60 }).map((text) => Buffer.from(text)) }),
      fc.record({ remove: key }),
    )
    const steps = fc.array(fc.oneof({ weight: 6, arbitrary: write }, fc.constantFrom('snapshot', 'read', 'read')), { maxLength: 80 })
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        const storage = await store.open({ compactAbove: 300 })
        const open: { expected: [string, string][]; found: [string, string][]; reading: AsyncIterator<{ key: string; value: Uint8Array }>; close(): Promise<void> }[] = []
        const read = async (one: (typeof open)[number]) => {
          const { value, done } = await one.reading.next()
          if (!done) one.found.push([value.key, Buffer.from(value.value).toString()])
          return !done
        }
        for (const step of given) {
          if (step === 'read') await Promise.all(open.map(read))
          else if (step === 'snapshot') {
            const expected = Object.entries(await contents(storage)).sort(([a], [b]) => compareKeys(a, b))
            const { entries, close, count } = await storage.snapshot()
            expect(count).toBe(expected.length)
            open.push({ expected, found: [], reading: entries[Symbol.asyncIterator](), close })
          } else await storage.commit([step])
        }
        for (const one of open) {
          while (await read(one));
          await one.close()
          expect(one.found).toEqual(one.expected)
        }
        await storage.close()
      }),
      { numRuns: 150 },
    )
  })
})
