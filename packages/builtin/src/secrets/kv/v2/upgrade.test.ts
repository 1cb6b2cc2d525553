import { memoryStorage, parseJson, stringifyJson, type Storage } from '@chatelaine/sdk'
import { mounted } from '@chatelaine/sdk/testing'
import { describe, expect, it } from 'vitest'
import { KvError } from '../errors.js'
import { kvV1 } from '../v1/index.js'
import { kvV2 } from './index.js'

const clock = { now: () => new Date('2030-01-01T00:00:00Z') }
const paths = ['a', 'a/b', 'a/b/c', 'config', 'metadata/a', 'data/a', 'versions/a/1', '__proto__', 'ключ 🔑']

async function plainMount(): Promise<Storage> {
  const storage = memoryStorage()
  const plain = mounted(kvV1, { storage })
  for (const path of paths) await plain.write('{path+}', { path }, { path, one: parseJson('1.0') })
  return storage
}

async function expectUpgraded(storage: Storage): Promise<void> {
  const kv = mounted(kvV2, { storage })
  for (const path of paths) {
    const found = await kv.read('data/{path+}', { path })
    expect(stringifyJson(found?.data)).toBe(`{"path":"${path}","one":1.0}`)
    expect(found?.metadata).toMatchObject({ version: 1, created_time: '2030-01-01T00:00:00.000Z' })
  }
  expect(await storage.list('data/')).toEqual([])
  expect(await kv.write('data/{path+}', { path: 'a' }, { data: {} })).toMatchObject({ version: 2 })
}

/** Storage that dies at its `n`th commit, before or after that has happened. */
function mortal(inner: Storage, n: number, after: boolean): Storage {
  let commits = 0
  return {
    ...inner,
    commit: async (writes, guards) => {
      commits += 1
      if (commits >= n && !(after && commits === n)) throw new Error('gone')
      const done = await inner.commit(writes, guards)
      if (commits === n) throw new Error('gone')
      return done
    },
  }
}

describe('the upgrade from version 1', () => {
  it('makes every secret one with a single version, whatever its name', async () => {
    const storage = await plainMount()
    await kvV2.upgrade!({ storage, clock }, '1')

    await expectUpgraded(storage)
  })

  it('may be interrupted before or after any of its commits, and run again', async () => {
    for (let n = 1; n <= paths.length + 2; n++) {
      for (const after of [false, true]) {
        const storage = await plainMount()
        await expect(kvV2.upgrade!({ storage: mortal(storage, n, after), clock }, '1')).rejects.toThrow('gone')
        await kvV2.upgrade!({ storage, clock }, '1')
        await expectUpgraded(storage)
      }
    }
  })

  it('may run on several nodes at once', async () => {
    const storage = await plainMount()
    await Promise.all(Array.from({ length: 4 }, () => kvV2.upgrade!({ storage, clock }, '1')))

    await expectUpgraded(storage)
  })

  it('does not bring back what was deleted after another node had finished', async () => {
    const storage = await plainMount()
    const others = async () => {
      await kvV2.upgrade!({ storage, clock }, '1')
      await mounted(kvV2, { storage }).delete('metadata/{path+}', { path: 'a' })
    }
    let first = true
    const get = async (key: string) => {
      const entry = await storage.get(key)
      if (key === 'data/a' && first) {
        first = false
        await others()
      }
      return entry
    }
    await kvV2.upgrade!({ storage: { ...storage, get }, clock }, '1')

    expect(await mounted(kvV2, { storage }).read('metadata/{path+}', { path: 'a' })).toBeUndefined()
    expect(await storage.list('data/')).toEqual([])
  })

  it('changes nothing when it is over, and nothing that is not version 1', async () => {
    const storage = await plainMount()
    await kvV2.upgrade!({ storage, clock }, '1')
    const kv = mounted(kvV2, { storage })
    await kv.write('config', {}, { max_versions: 3 })
    await kvV2.upgrade!({ storage, clock }, '1')
    await kvV2.upgrade!({ storage, clock }, '2')

    expect(await kv.read('config', {})).toMatchObject({ max_versions: 3 })
    expect((await kv.read('metadata/{path+}', { path: 'a' }))?.current_version).toBe(1)
  })

  it('is waited for: until it is done, version 2 says so and version 1 writes nothing', async () => {
    const storage = await plainMount()
    await expect(kvV2.upgrade!({ storage: mortal(storage, 2, false), clock }, '1')).rejects.toThrow('gone')
    const kv = mounted(kvV2, { storage })
    const plain = mounted(kvV1, { storage })

    for (const [verb, path] of [
      ['read', 'data/a'], ['write', 'data/a'], ['patch', 'data/a'], ['delete', 'data/a'], ['read', 'subkeys/a'],
      ['read', 'metadata/a'], ['write', 'metadata/a'], ['patch', 'metadata/a'], ['delete', 'metadata/a'],
      ['list', 'metadata'], ['read', 'config'], ['write', 'config'],
      ['write', 'delete/a'], ['write', 'undelete/a'], ['write', 'destroy/a'],
    ] as const) {
      const early = kv.ask(verb, path, { data: {}, versions: [1], max_versions: 1 })
      await expect(early, `${verb} ${path}`).rejects.toThrow('Upgrading from non-versioned to versioned data')
    }
    await expect(plain.ask('write', 'late', { a: 1 })).rejects.toSatisfy(KvError.upgrading.is)
    await expect(plain.ask('delete', 'a')).rejects.toSatisfy(KvError.upgrading.is)
    await expect(plain.ask('read', 'none')).rejects.toSatisfy(KvError.upgrading.is)
  })

  it('finds every secret of a folder larger than a page', async () => {
    const storage = memoryStorage()
    const plain = mounted(kvV1, { storage })
    for (let i = 0; i < 1203; i++) await plain.ask('write', `many/${i}`, { i })
    await kvV2.upgrade!({ storage, clock }, '1')

    expect((await mounted(kvV2, { storage }).list('metadata/{path*}', { path: 'many' }))?.keys).toHaveLength(1203)
    expect(await storage.list('data/')).toEqual([])
  })
})
