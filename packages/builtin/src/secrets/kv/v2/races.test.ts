import { memoryStorage, type Storage } from '@chatelaine/sdk'
import { mounted } from '@chatelaine/sdk/testing'
import { describe, expect, it } from 'vitest'
import { KvError } from '../errors.js'
import { kvV2 } from './index.js'

const at = { path: 'team/telegram' }

/** Storage that lets others go first, so that what was read may be old by the time of the commit. */
function crowded(inner: Storage): Storage {
  const others = () => new Promise((resolve) => setImmediate(resolve))
  return {
    list: (prefix, page) => inner.list(prefix, page),
    get: async (key) => {
      const entry = await inner.get(key)
      await others()
      return entry
    },
    commit: async (writes, guards) => {
      await others()
      return inner.commit(writes, guards)
    },
  }
}

/** Runs `meanwhile` once, after the first look at a key under `prefix`. */
function interrupted(inner: Storage, prefix: string, meanwhile: () => Promise<unknown>): Storage {
  let done = false
  return {
    ...inner,
    get: async (key) => {
      const entry = await inner.get(key)
      if (!done && key.startsWith(prefix)) {
        done = true
        await meanwhile()
      }
      return entry
    },
  }
}

describe('kv version 2, raced', () => {
  it('gives racing writers versions without gaps or repeats, each with its own value', async () => {
    const kv = mounted(kvV2, { storage: crowded(memoryStorage()) })
    await kv.write('config', {}, { max_versions: 100 })

    const written = await Promise.all(
      Array.from({ length: 12 }, async (_, writer) => ({
        writer,
        version: (await kv.write('data/{path+}', at, { data: { writer } }))?.version ?? 0,
      })),
    )

    const versions = written.map(({ version }) => version).sort((a, b) => a - b)
    expect(versions).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    for (const { writer, version } of written) {
      expect((await kv.read('data/{path+}', at, { version }))?.data).toEqual({ writer })
    }
  })

  it('lets all have their turn who write one secret at once, however many', async () => {
    const kv = mounted(kvV2, { storage: crowded(memoryStorage()) })

    const written = await Promise.all(Array.from({ length: 200 }, (_, n) => kv.write('data/{path+}', at, { data: { n } })))

    expect(written.at(-1)).toMatchObject({ version: 200 })
  })

  it('lets exactly one of many through that name the same version, and tells the others why', async () => {
    const kv = mounted(kvV2, { storage: crowded(memoryStorage()) })

    const write = (writer: number) => kv.write('data/{path+}', at, { data: { writer }, options: { cas: 0 } })
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, (_, writer) => write(writer)))

    const lost = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(lost).toHaveLength(11)
    expect(lost.every(({ reason }) => KvError.casMismatch.is(reason))).toBe(true)
  })

  it('loses no field of patches that race', async () => {
    const kv = mounted(kvV2, { storage: crowded(memoryStorage()) })
    await kv.write('data/{path+}', at, { data: {} })

    const fields = Array.from({ length: 12 }, (_, i) => `field${i}`)
    await Promise.all(fields.map((field) => kv.patch('data/{path+}', at, { data: { [field]: true } })))

    const current = await kv.read('data/{path+}', at)
    expect(Object.keys(current?.data ?? {}).sort()).toEqual([...fields].sort())
    expect(current?.metadata.version).toBe(13)
  })

  it('reads whole versions while others write, delete and begin again', async () => {
    const kv = mounted(kvV2, { storage: crowded(memoryStorage()), now: ticking() })
    await kv.write('config', {}, { max_versions: 1 })
    const read = () => kv.read('data/{path+}', at)
    const seen: Awaited<ReturnType<typeof read>>[] = []
    let writing = true
    const reader = async () => {
      while (writing) seen.push(await read())
    }
    const writer = async () => {
      for (let i = 0; i < 40; i++) {
        if (i % 5 === 0) await kv.delete('metadata/{path+}', at)
        await kv.write('data/{path+}', at, { data: { version: (i % 5) + 1 } })
      }
      writing = false
    }

    await Promise.all([writer(), reader(), reader()])

    expect(seen.length).toBeGreaterThan(10)
    for (const found of seen) {
      if (found) expect(found.metadata.version).toBe(found.data?.['version'])
    }
  })

  it('looks again when the version it was about to read has made room for another', async () => {
    const inner = memoryStorage()
    const other = mounted(kvV2, { storage: inner, now: ticking() })
    await other.write('config', {}, { max_versions: 1 })
    await other.write('data/{path+}', at, { data: { a: 1 } })
    const meanwhile = () => other.write('data/{path+}', at, { data: { a: 2 } })
    const slow = mounted(kvV2, { storage: interrupted(inner, 'metadata/', meanwhile) })

    expect(await slow.read('data/{path+}', at)).toMatchObject({ data: { a: 2 }, metadata: { version: 2 } })
  })

  it('never shows the value of one life of a secret under the history of another', async () => {
    const inner = memoryStorage()
    const other = mounted(kvV2, { storage: inner, now: ticking() })
    const first = await other.write('data/{path+}', at, { data: { life: 1 } })
    const meanwhile = async () => {
      await other.delete('metadata/{path+}', at)
      await other.write('data/{path+}', at, { data: { life: 2 } })
    }
    const slow = mounted(kvV2, { storage: interrupted(inner, 'metadata/', meanwhile) })

    const found = await slow.read('data/{path+}', at)
    expect(found?.data).toEqual({ life: 2 })
    expect(found?.metadata.created_time).not.toBe(first?.created_time)
  })

  it('writes under the rule that holds at the commit, not the one it read', async () => {
    const inner = memoryStorage()
    const other = mounted(kvV2, { storage: inner })
    const meanwhile = () => other.write('config', {}, { cas_required: true })
    const slow = mounted(kvV2, { storage: interrupted(inner, 'metadata/', meanwhile) })

    await expect(slow.write('data/{path+}', at, { data: {} })).rejects.toSatisfy(KvError.casRequired.is)
  })
})

describe('kv version 2, when storage fails', () => {
  it('leaves everything as it was when a commit is refused by storage', async () => {
    const inner = memoryStorage()
    const kv = mounted(kvV2, { storage: inner })
    await kv.write('data/{path+}', at, { data: { a: 1 } })
    const failing = mounted(kvV2, { storage: { ...inner, commit: () => Promise.reject(new Error('disk full')) } })

    const changes = [
      failing.write('data/{path+}', at, { data: { a: 2 } }),
      failing.patch('data/{path+}', at, { data: { a: 2 } }),
      failing.delete('data/{path+}', at),
      failing.write('destroy/{path+}', at, { versions: [1] }),
      failing.write('metadata/{path+}', at, { max_versions: 1 }),
      failing.delete('metadata/{path+}', at),
    ]

    for (const change of await Promise.allSettled(changes)) expect(change.status).toBe('rejected')
    const kept = { data: { a: 1 }, metadata: { version: 1, deletion_time: '' } }
    expect(await kv.read('data/{path+}', at)).toMatchObject(kept)
    expect(await kv.read('metadata/{path+}', at)).toMatchObject({ current_version: 1, max_versions: 0 })
  })

  it('says that a value is lost rather than that it never was', async () => {
    const storage = memoryStorage()
    const kv = mounted(kvV2, { storage })
    await kv.write('data/{path+}', at, { data: { a: 1 } })
    await storage.commit([{ remove: 'versions/team/telegram/1' }])

    await expect(kv.read('data/{path+}', at)).rejects.toSatisfy(KvError.versionLost.is)
    await expect(kv.patch('data/{path+}', at, { data: {} })).rejects.toSatisfy(KvError.versionLost.is)
  })
})

/** A clock that moves on each time it is asked. */
function ticking() {
  let now = Date.parse('2030-01-01T00:00:00Z')
  return () => new Date((now += 1))
}
