import { once } from 'node:events'
import {
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LockError } from '@chatelaine/lock'
import { storageContract } from '@chatelaine/sdk/testing'
import { describe, expect, it } from 'vitest'
import { StorageError } from '../errors.js'
import { realDisk, type Disk } from './disk.js'
import { SEGMENT_HEADER } from './format.js'
import { contents, put, temporary, textOf } from './testing/folder.js'

const store = temporary()

storageContract('log', () => store.open())
storageContract('log that compacts whenever it can', () => store.open({ compactAbove: 0 }))

/** A promise, and the key to it. */
function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open }
}

const failure = (code: string) => Object.assign(new Error(code), { code })

describe('the log', () => {
  it('finds everything again when it is opened again, and goes on counting revisions', async () => {
    const folder = store.folder()
    const first = await store.open({ folder })
    await first.commit([put('a', 1), put('a/b', 2), put('gone')])
    await first.commit([{ remove: 'gone' }, put('a', 3)])
    const before = await first.get('a')
    await first.close()

    const second = await store.open({ folder })
    expect(await contents(second)).toEqual({ a: '3', 'a/b': '2' })
    expect((await second.get('a'))?.revision).toBe(before?.revision)
    await second.commit([put('later')])
    expect((await second.get('later'))!.revision).toBeGreaterThan(before!.revision)
  })

  it('keeps a value of more than 32 MiB', async () => {
    const folder = store.folder()
    const value = Buffer.alloc((32 << 20) + 1, 'chatelaine')
    const first = await store.open({ folder })
    await first.commit([{ put: 'huge', value }])
    await first.close()

    const second = await store.open({ folder })
    expect(value.equals((await second.get('huge'))!.value)).toBe(true)
  })

  it('refuses keys it could not keep apart, and applies nothing of their commit', async () => {
    const storage = await store.open()
    for (const key of ['', 'a\0b', '\ud800', 'x\udc00y', 'k'.repeat(0x1_0000)]) {
      await expect(storage.commit([put('fine'), put(key)])).rejects.toSatisfy(StorageError.badKey.is)
      await expect(storage.commit([{ remove: key }])).rejects.toSatisfy(StorageError.badKey.is)
    }

    expect(await contents(storage)).toEqual({})
    await storage.commit([put('k'.repeat(0xffff), 'longest')])
    expect(await textOf(storage, 'k'.repeat(0xffff))).toBe('longest')
  })

  it('refuses a commit that one frame could not carry', async () => {
    const storage = await store.open()
    const value = new Uint8Array(129 << 20)

    await expect(storage.commit([{ put: 'a', value }, { put: 'b', value }])).rejects.toSatisfy(StorageError.tooLarge.is)
  })

  it('hides its files from everybody else', async () => {
    const folder = store.folder()
    await store.open({ folder })

    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(readdirSync(folder).toSorted()).toEqual(['000001.log', 'head', 'lock', 'manifest'])
    for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600)
  })

  it('answers what was asked before it was closed, and refuses what is asked after', async () => {
    const folder = store.folder()
    const storage = await store.open({ folder })
    const commits = Array.from({ length: 50 }, (_, i) => storage.commit([put(`k${i}`, i)]))
    const closed = storage.close()

    await expect(storage.get('k0')).rejects.toSatisfy(StorageError.closed.is)
    await expect(storage.list('')).rejects.toSatisfy(StorageError.closed.is)
    await expect(storage.commit([put('late')])).rejects.toSatisfy(StorageError.closed.is)
    expect(await Promise.all(commits)).not.toContain(false)
    await closed
    expect(await storage.close()).toBeUndefined()
    expect(Object.keys(await contents(await store.open({ folder })))).toHaveLength(50)
  })

  it('shows nothing of a commit before it is on disk', async () => {
    const [flushing, go] = [gate(), gate()]
    const slow: Disk = {
      ...realDisk,
      datasync: async (fd) => {
        flushing.open()
        await go.opened
        await realDisk.datasync(fd)
      },
    }
    const storage = await store.open({}, slow)
    const commit = storage.commit([put('k', 1)])
    await flushing.opened

    expect(await storage.get('k')).toBeUndefined()
    expect(await storage.list('')).toEqual([])
    go.open()
    expect(await commit).toBe(true)
    expect(await textOf(storage, 'k')).toBe('1')
  })
})

describe('the lock', () => {
  it('refuses a second opening, in this process and in another, and names the holder', async () => {
    const folder = store.folder()
    const holder = await store.open({ folder })

    await expect(store.open({ folder })).rejects.toSatisfy(LockError.held.is)
    await expect(store.open({ folder })).rejects.toThrow(`${join(folder, 'lock')} is held by process ${process.pid}`)
    const child = spawn(process.execPath, [fileURLToPath(new URL('testing/child.mjs', import.meta.url)), folder, 'open'])
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    expect(JSON.parse(`${line}`)).toEqual({ failed: LockError.held.code })

    await holder.close()
    expect(await contents(await store.open({ folder }))).toEqual({})
  })
})

describe('a failing disk', () => {
  it('refuses commits while it is full, takes back what was half written, and goes on when there is room', async () => {
    const folder = store.folder()
    let full = false
    const disk: Disk = {
      ...realDisk,
      write: async (fd, bytes, position) => {
        if (!full) return realDisk.write(fd, bytes, position)
        if (bytes.length < 20) throw failure('ENOSPC')
        return realDisk.write(fd, bytes.subarray(0, bytes.length >> 1), position)
      },
    }
    const storage = await store.open({ folder }, disk)
    await storage.commit([put('before', 1)])
    const size = statSync(join(folder, '000001.log')).size

    full = true
    const refused = await Promise.allSettled([storage.commit([put('lost', 1)]), storage.commit([put('lost', 2)])])
    expect(refused.map((outcome) => outcome.status === 'rejected' && StorageError.unwritable.is(outcome.reason))).toEqual([true, true])
    expect(statSync(join(folder, '000001.log')).size).toBe(size)
    expect(await contents(storage)).toEqual({ before: '1' })

    full = false
    expect(await storage.commit([put('after', 2)])).toBe(true)
    await storage.close()
    expect(await contents(await store.open({ folder }))).toEqual({ before: '1', after: '2' })
  })

  it('takes no more writes once a flush failed, does not try it again, and still reads', async () => {
    const folder = store.folder()
    let flushes = 0
    let broken = false
    const disk: Disk = {
      ...realDisk,
      datasync: async (fd) => {
        flushes += 1
        if (broken) throw failure('EIO')
        await realDisk.datasync(fd)
      },
    }
    const storage = await store.open({ folder }, disk)
    await storage.commit([put('kept', 1)])

    broken = true
    await expect(storage.commit([put('kept', 2)])).rejects.toSatisfy(StorageError.stopped.is)
    broken = false
    flushes = 0
    await expect(storage.commit([put('kept', 3)])).rejects.toSatisfy(StorageError.stopped.is)
    expect(flushes).toBe(0)
    expect(await contents(storage)).toEqual({ kept: '1' })

    await storage.close()
    const again = await store.open({ folder })
    expect(await contents(again)).toEqual({ kept: '1' })
    expect(await again.commit([put('kept', 4)])).toBe(true)
  })

  it('is told by the health and the measures: a failed flush until the store is opened again, a full disk until there is room', async () => {
    const folder = store.folder()
    let fails: 'write' | 'datasync' | undefined
    const disk: Disk = {
      write: (fd, bytes, at) => (fails === 'write' ? Promise.reject(failure('ENOSPC')) : realDisk.write(fd, bytes, at)),
      datasync: (fd) => (fails === 'datasync' ? Promise.reject(failure('EIO')) : realDisk.datasync(fd)),
    }
    const storage = await store.open({ folder }, disk)
    const measured = () => storage.measures().find(({ value, labels }) => labels && value === 1)?.labels
    expect([storage.health(), measured()]).toEqual([{ state: 'ok', problem: '' }, { state: 'ok' }])

    fails = 'write'
    await expect(storage.commit([put('a', 1)])).rejects.toSatisfy(StorageError.unwritable.is)
    expect([storage.health().state, measured()]).toEqual(['no_space', { state: 'no_space' }])
    fails = undefined
    await storage.commit([put('a', 1)])
    expect(storage.health().state).toBe('ok')

    fails = 'datasync'
    await expect(storage.commit([put('a', 2)])).rejects.toSatisfy(StorageError.stopped.is)
    fails = undefined
    expect(storage.health()).toEqual({ state: 'stopped', problem: expect.stringContaining('restart') })
    expect(measured()).toEqual({ state: 'stopped' })
    expect(storage.health().problem).not.toContain(folder)
    await storage.close()
    expect((await store.open({ folder })).health().state).toBe('ok')
  })

  it('refuses the commit for which there is no room, and takes those that came with it', async () => {
    const disk: Disk = { ...realDisk, write: (fd, bytes, at) => (bytes.length > 50_000 ? Promise.reject(failure('ENOSPC')) : realDisk.write(fd, bytes, at)) }
    const storage = await store.open({}, disk)
    const small = Array.from({ length: 9 }, (_, i) => storage.commit([put(`small${i}`, i)]))
    const large = storage.commit([put('large', 'x'.repeat(60_000))])
    small.push(storage.commit([put('last')], [{ key: 'large', revision: 0n }]))

    await expect(large).rejects.toSatisfy(StorageError.unwritable.is)
    expect(await Promise.all(small)).toEqual(small.map(() => true))
    expect(Object.keys(await contents(storage))).toHaveLength(10)
  })

  it('does not answer "no" on the strength of a write that then failed', async () => {
    let broken = false
    const disk: Disk = { ...realDisk, datasync: (fd) => (broken ? Promise.reject(failure('EIO')) : realDisk.datasync(fd)) }
    const storage = await store.open({}, disk)

    broken = true
    const absent = [{ key: 'k', revision: 0n }]
    const both = await Promise.allSettled([storage.commit([put('k', 1)], absent), storage.commit([put('k', 2)], absent)])
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })

  it('names file and byte of a value that changed on disk, and never takes it for absent', async () => {
    const folder = store.folder()
    const storage = await store.open({ folder })
    await storage.commit([put('rotten', 'a value'), put('sound', 'another'), put('cut', 'a third')])
    const file = join(folder, '000001.log')
    const at = readFileSync(file).indexOf('a value')
    const fd = openSync(file, 'r+')
    writeSync(fd, 'b', at)
    fsyncSync(fd)

    await expect(storage.get('rotten')).rejects.toSatisfy(StorageError.damaged.is)
    await expect(storage.get('rotten')).rejects.toThrow(`${file} is damaged at byte 44`)
    expect(await textOf(storage, 'sound')).toBe('another')
    truncateSync(file, at)
    await expect(storage.get('cut')).rejects.toSatisfy(StorageError.damaged.is)
  })
})

it('gives what was written last, however often and in whatever order keys were read before', async () => {
  const storage = await store.open({})
  const large = 'x'.repeat(0x2_0000)
  for (let round = 0; round < 5; round++) {
    await storage.commit([put('a', `${round}`), put('b', round % 2 ? large : `${round}`)])
    expect(await textOf(storage, 'a')).toBe(`${round}`)
    expect(await textOf(storage, 'b')).toBe(round % 2 ? large : `${round}`)
  }
  await storage.commit([{ remove: 'a' }])
  expect(await storage.get('a')).toBeUndefined()
})

describe('compaction', () => {
  const fill = async (storage: { commit: (w: ReturnType<typeof put>[]) => Promise<boolean> }, rounds: number) => {
    for (let round = 0; round < rounds; round++) {
      await storage.commit(Array.from({ length: 20 }, (_, i) => put(`f${i % 3}/k${i}`, `${round}`.padStart(200, '.'))))
    }
  }
  const bytes = (folder: string) =>
    readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)

  it('gives dead bytes back, and changes neither values nor revisions', async () => {
    const folder = store.folder()
    const first = await store.open({ folder, compactAbove: 30_000 })
    await fill(first, 60)
    const revision = (await first.get('f0/k0'))!.revision
    const before = await contents(first)
    await expect.poll(() => bytes(folder)).toBeLessThan(50_000)
    expect(await contents(first)).toEqual(before)
    await first.close()

    const second = await store.open({ folder })
    expect(await contents(second)).toEqual(before)
    expect((await second.get('f0/k0'))!.revision).toBe(revision)
  })

  it('does not give a revision again after everything that bore one is gone', async () => {
    const folder = store.folder()
    const first = await store.open({ folder, compactAbove: 0 })
    await first.commit([put('k', 1)])
    await first.commit([put('k', 2)])
    const old = (await first.get('k'))!.revision
    await first.commit([{ remove: 'k' }])
    const logs = () => readdirSync(folder).filter((file) => file.endsWith('.log'))
    const sizes = () => logs().map((file) => statSync(join(folder, file)).size)
    await expect.poll(async () => (await first.commit([])) && sizes().every((size) => size === SEGMENT_HEADER)).toBe(true)
    await first.close()

    const second = await store.open({ folder })
    await second.commit([put('k', 3)])
    expect((await second.get('k'))!.revision).toBeGreaterThan(old)
  })

  it('clears away what an interrupted one left', async () => {
    const folder = store.folder()
    const first = await store.open({ folder })
    await first.commit([put('k', 1)])
    await first.close()
    const lines: string[] = []
    for (const stray of ['000002.log', '000007.log', 'manifest.next']) writeFileSync(join(folder, stray), 'half')

    const second = await store.open({ folder, log: (line) => lines.push(line) })
    expect(readdirSync(folder).toSorted()).toEqual(['000001.log', 'head', 'lock', 'manifest'])
    expect(lines).toHaveLength(3)
    expect(await contents(second)).toEqual({ k: '1' })
  })

  it('leaves the store as it was when there is no room for a copy', async () => {
    const folder = store.folder()
    let copying = false
    const lines: string[] = []
    const disk: Disk = {
      ...realDisk,
      datasync: (fd) => {
        copying ||= readdirSync(folder).includes('000003.log')
        return copying ? Promise.reject(failure('ENOSPC')) : realDisk.datasync(fd)
      },
    }
    const storage = await store.open({ folder, compactAbove: 4096, log: (line) => lines.push(line) }, disk)
    await storage.commit([put('a', 'x'.repeat(5000))])
    await storage.commit([put('a', 'y'.repeat(100))])
    await expect.poll(() => lines).toHaveLength(1)

    expect(readdirSync(folder).toSorted()).toEqual(['000001.log', '000002.log', 'head', 'lock', 'manifest'])
    copying = false
    expect(await textOf(storage, 'a')).toBe('y'.repeat(100))
  })

  it('keeps what was written and removed after it was copied, before the copy came into use', async () => {
    const folder = store.folder()
    const [copied, go] = [gate(), gate()]
    const copy = join(folder, '000003.log')
    const disk: Disk = {
      ...realDisk,
      datasync: async (fd) => {
        if (existsSync(copy) && statSync(copy).ino === fstatSync(fd).ino) {
          copied.open()
          await go.opened
        }
        await realDisk.datasync(fd)
      },
    }
    const first = await store.open({ folder, compactAbove: 4096 }, disk)
    await first.commit([put('a', 'x'.repeat(5000)), put('b', 1), put('c', 1)])
    await first.commit([put('a', 'y')])
    await copied.opened
    await first.commit([put('b', 2), { remove: 'c' }, put('d', 2)])
    go.open()
    await expect.poll(() => existsSync(join(folder, '000001.log'))).toBe(false)

    expect(await contents(first)).toEqual({ a: 'y', b: '2', d: '2' })
    await first.close()
    expect(await contents(await store.open({ folder }))).toEqual({ a: 'y', b: '2', d: '2' })
  })

  it('lets reads and commits go on while it copies', async () => {
    const folder = store.folder()
    const storage = await store.open({ folder, compactAbove: 4096 })
    const model = new Map<string, string>()
    const writer = async (own: number) => {
      for (let i = 0; i < 150; i++) {
        const key = `w${own}/k${i % 7}`
        if (i % 11 === 10) {
          await storage.commit([{ remove: key }])
          model.delete(key)
        } else {
          await storage.commit([put(key, `${i}`.padStart(100, '.'))])
          model.set(key, `${i}`.padStart(100, '.'))
        }
        expect(await textOf(storage, key)).toBe(model.get(key))
      }
    }
    await Promise.all([0, 1, 2, 3].map(writer))

    await expect.poll(() => readdirSync(folder)).not.toContain('000001.log')
    expect(await contents(storage)).toEqual(Object.fromEntries(model))
    await storage.close()
    expect(await contents(await store.open({ folder }))).toEqual(Object.fromEntries(model))
  })
})
