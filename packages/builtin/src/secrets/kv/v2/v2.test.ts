import { memoryStorage, parseJson, RequestError, stringifyJson, type Path, type Storage } from '@chatelaine/sdk'
import { mounted } from '@chatelaine/sdk/testing'
import { describe, expect, it } from 'vitest'
import { KvError } from '../errors.js'
import { kvV2 } from './index.js'

const start = Date.parse('2030-01-01T00:00:00Z')
const path = 'team/telegram'

/** A mount whose clock is moved by hand. */
function open(storage: Storage = memoryStorage()) {
  let now = start
  const kv = mounted(kvV2, { storage, now: () => new Date(now) })
  return {
    ...kv,
    storage,
    pass: (seconds: number) => void (now += seconds * 1000),
    put: (data: Record<string, unknown>, options?: { cas: number }, at = path) =>
      kv.write('data/{path+}', { path: at }, options ? { data, options } : { data }),
    get: (version = 0, at = path) => kv.read('data/{path+}', { path: at }, { version }),
    about: (at = path) => kv.read('metadata/{path+}', { path: at }),
    do: (what: 'delete' | 'undelete' | 'destroy', ...versions: number[]) =>
      kv.ask('write', `${what}/${path}`, { versions }),
  }
}

describe('writing and reading', () => {
  it('answers a write with the version it made', async () => {
    const kv = open()
    await kv.put({ api_id: 1 })

    expect(await kv.put({ api_id: 2 })).toEqual({
      version: 2, created_time: '2030-01-01T00:00:00.000Z', deletion_time: '', destroyed: false, custom_metadata: null,
    })
  })

  it('keeps an old version readable after a new one is written', async () => {
    const kv = open()
    await kv.put({ api_id: 1 })
    await kv.put({ api_id: 2 })

    expect(await kv.get(1)).toMatchObject({ data: { api_id: 1 }, metadata: { version: 1 } })
    expect(await kv.get()).toMatchObject({ data: { api_id: 2 }, metadata: { version: 2, destroyed: false } })
    const asText = await kv.ask('read', `data/${path}`, { version: '1' })
    expect(asText?.fields.data).toMatchObject({ data: { api_id: 1 } })
  })

  it('has no answer for a path or a version that is not there', async () => {
    const kv = open()
    await kv.put({ a: 1 })

    expect(await kv.ask('read', 'data/other')).toBeUndefined()
    expect(await kv.get(2)).toBeUndefined()
  })

  it('refuses a write without data, with data of another kind, and to a folder', async () => {
    const kv = open()

    await expect(kv.ask('write', `data/${path}`, { a: 1 })).rejects.toThrow(/^no data provided$/)
    await expect(kv.ask('write', `data/${path}`, { data: 'text' })).rejects.toSatisfy(RequestError.invalidField.is)
    await expect(kv.ask('write', `data/${path}/`, { data: {} })).rejects.toSatisfy(KvError.folder.is)
    expect(await kv.about()).toBeUndefined()
  })

  it('keeps an empty secret', async () => {
    const kv = open()
    await kv.put({})

    expect(await kv.get()).toMatchObject({ data: {} })
  })

  it('keeps numbers as they were written, through writing and patching', async () => {
    const kv = open()
    await kv.ask('write', `data/${path}`, { data: parseJson('{"big":12345678901234567890,"one":1.0}') })
    await kv.ask('patch', `data/${path}`, { data: parseJson('{"e":1e3}') })

    expect(stringifyJson((await kv.get())?.data)).toBe('{"big":12345678901234567890,"one":1.0,"e":1e3}')
  })

  it('takes any name as a name', async () => {
    const kv = open()
    const odd = ['__proto__', 'constructor', 'a/__proto__/b', 'ключ 🔑', 'a b+c%2F', `${'long/'.repeat(400)}end`]
    for (const at of odd) await kv.put({ at }, undefined, at)

    for (const at of odd) expect((await kv.get(0, at))?.data).toEqual({ at })
    expect((await kv.list('metadata/{path*}', { path: '' }))?.keys).toContain('__proto__')
  })

  it('takes any field as a field', async () => {
    const kv = open()
    const text = '{"__proto__":{"polluted":1},"constructor":2,"a\\nb":3,"":4}'
    await kv.ask('write', `data/${path}`, { data: parseJson(text) })
    await kv.ask('patch', `data/${path}`, { data: parseJson('{"__proto__":{"more":2}}') })

    expect(stringifyJson((await kv.get())?.data)).toBe(text.replace('{"polluted":1}', '{"polluted":1,"more":2}'))
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('reads the current version with two looks into storage', async () => {
    const inner = memoryStorage()
    const looks: string[] = []
    const kv = open({ ...inner, get: (key) => (looks.push(key), inner.get(key)) })
    await kv.put({ a: 1 })
    looks.length = 0
    await kv.get()

    expect(looks).toEqual([`metadata/${path}`, `versions/${path}/1`])
  })
})

describe('check-and-set', () => {
  it('writes only over the version that is named', async () => {
    const kv = open()
    await kv.put({ a: 1 }, { cas: 0 })

    const late = kv.put({ a: 2 }, { cas: 0 })
    await expect(late).rejects.toThrow('check-and-set parameter did not match the current version')
    await expect(kv.put({ a: 2 }, { cas: -1 })).rejects.toSatisfy(KvError.casMismatch.is)
    expect(await kv.put({ a: 2 }, { cas: 1 })).toMatchObject({ version: 2 })
    expect(await kv.get()).toMatchObject({ data: { a: 2 } })
  })

  it('counts a deleted version as the current one', async () => {
    const kv = open()
    await kv.put({ a: 1 })
    await kv.ask('delete', `data/${path}`)

    await expect(kv.put({ a: 2 }, { cas: 0 })).rejects.toSatisfy(KvError.casMismatch.is)
    expect(await kv.put({ a: 2 }, { cas: 1 })).toMatchObject({ version: 2 })
  })

  it.each([['1', true], [1, true], [true, true], [parseJson('1.0'), true], [null, false], ['', false]])(
    'reads %j as leniently as Vault',
    async (cas, matches) => {
      const kv = open()
      await kv.put({})

      const late = kv.ask('write', `data/${path}`, { data: {}, options: { cas } })
      await (matches ? expect(late).resolves.toBeDefined() : expect(late).rejects.toSatisfy(KvError.casMismatch.is))
    },
  )

  it.each(['one', {}, [1], 1.5, parseJson('1.5')])('refuses %j as a version', async (cas) => {
    const late = open().ask('write', `data/${path}`, { data: {}, options: { cas } })
    await expect(late).rejects.toThrow('error parsing check-and-set parameter')
  })

  it('can be demanded by the mount or by the secret', async () => {
    const byMount = open()
    await byMount.write('config', {}, { cas_required: true })
    const bySecret = open()
    await bySecret.write('metadata/{path+}', { path }, { cas_required: true })

    for (const kv of [byMount, bySecret]) {
      await expect(kv.put({ a: 1 })).rejects.toThrow('check-and-set parameter required for this call')
      await kv.put({ a: 1 }, { cas: 0 })
      await expect(kv.ask('patch', `data/${path}`, { data: {} })).rejects.toSatisfy(KvError.casRequired.is)
    }
  })
})

describe('patching', () => {
  it('changes the fields given, removes those that are null, and leaves the rest', async () => {
    const kv = open()
    await kv.put({ a: 1, b: { c: 2, d: 3 }, e: [1] })

    const changes = { a: null, b: { c: 9, n: { x: null, y: 1 } }, e: [2] }
    const answer = await kv.patch('data/{path+}', { path }, { data: changes })

    expect(answer).toMatchObject({ version: 2, deletion_time: '', destroyed: false })
    expect((await kv.get())?.data).toEqual({ b: { c: 9, d: 3, n: { y: 1 } }, e: [2] })
    expect((await kv.get(1))?.data).toEqual({ a: 1, b: { c: 2, d: 3 }, e: [1] })
  })

  it('answers 404 with nothing at all where no secret or no version is', async () => {
    const kv = open()
    await kv.ask('write', 'metadata/empty', { max_versions: 1 })

    for (const at of ['none', 'empty']) {
      expect((await kv.ask('patch', `data/${at}`, { data: {} }))?.fields).toEqual({ status: 404 })
    }
  })

  it('answers 404 with the version, flat, when that is deleted or destroyed', async () => {
    const kv = open()
    await kv.put({ a: 1 })
    await kv.ask('delete', `data/${path}`)
    const deleted = await kv.ask('patch', `data/${path}`, { data: { b: 2 } })
    await kv.do('destroy', 1)
    const destroyed = await kv.ask('patch', `data/${path}`, { data: { b: 2 } })

    const deletion_time = '2030-01-01T00:00:00.000Z'
    expect(deleted?.fields).toMatchObject({ status: 404, data: { version: 1, deletion_time } })
    expect(destroyed?.fields).toMatchObject({ status: 404, data: { version: 1, destroyed: true } })
    expect(deleted?.fields.data).not.toHaveProperty('data')
  })

  it('checks the version named before it looks whether that is deleted', async () => {
    const kv = open()
    await kv.put({ a: 1 })
    await kv.ask('delete', `data/${path}`)

    const late = kv.ask('patch', `data/${path}`, { data: {}, options: { cas: 7 } })
    await expect(late).rejects.toSatisfy(KvError.casMismatch.is)
  })

  it('refuses a patch without data', async () => {
    await expect(open().ask('patch', `data/${path}`, {})).rejects.toThrow('no data provided')
  })
})

describe('deleting', () => {
  it('answers 404 with the whole envelope for a deleted version', async () => {
    const kv = open()
    await kv.put({ a: 1 })
    expect(await kv.ask('delete', `data/${path}`)).toBeUndefined()

    expect((await kv.ask('read', `data/${path}`))?.fields).toEqual({
      status: 404,
      data: {
        data: null,
        metadata: {
          version: 1, created_time: '2030-01-01T00:00:00.000Z', deletion_time: '2030-01-01T00:00:00.000Z',
          destroyed: false, custom_metadata: null,
        },
      },
    })
  })

  it('has nothing to say about deleting what is absent or deleted', async () => {
    const kv = open()
    expect(await kv.ask('delete', 'data/none')).toBeUndefined()
    await kv.put({ a: 1 })
    await kv.ask('delete', `data/${path}`)
    kv.pass(60)
    expect(await kv.ask('delete', `data/${path}`)).toBeUndefined()
    expect(await kv.do('delete', 1)).toBeUndefined()

    expect((await kv.get())?.metadata.deletion_time).toBe('2030-01-01T00:00:00.000Z')
  })

  it('deletes on every node at once, also on one whose clock is behind', async () => {
    const kv = open()
    await kv.put({ a: 1 })
    kv.pass(60)
    await kv.ask('delete', `data/${path}`)
    const behind = open(kv.storage)

    expect((await behind.ask('read', `data/${path}`))?.fields.status).toBe(404)
  })

  it('deletes, undeletes and destroys the versions named, and skips unknown ones', async () => {
    const kv = open()
    for (const a of [1, 2, 3]) await kv.put({ a })

    expect(await kv.do('delete', 1, 3, 9)).toBeUndefined()
    expect([(await kv.get(1))?.data, (await kv.get(2))?.data, (await kv.get(3))?.data]).toEqual([null, { a: 2 }, null])
    expect(await kv.do('undelete', 1, 9)).toBeUndefined()
    expect((await kv.get(1))?.data).toEqual({ a: 1 })
    expect(await kv.do('destroy', 1, 9)).toBeUndefined()
    await kv.do('undelete', 1)
    expect(await kv.get(1)).toMatchObject({ data: null, metadata: { destroyed: true } })
    expect(await kv.storage.get(`versions/${path}/1`)).toBeUndefined()
  })

  it.each(['delete', 'undelete', 'destroy'] as const)('has nothing to say to %s where no secret is', async (what) => {
    const kv = open()
    expect(await kv.do(what, 1)).toBeUndefined()
    expect(await kv.about()).toBeUndefined()
  })

  it('refuses to delete, undelete or destroy no version, in Vault\'s two spellings', async () => {
    const kv = open()
    for (const input of [{}, { versions: [] }, { versions: '' }]) {
      await expect(kv.ask('write', `delete/${path}`, input)).rejects.toThrow(/^No version number provided$/)
      await expect(kv.ask('write', `undelete/${path}`, input)).rejects.toThrow(/^No version number provided$/)
      await expect(kv.ask('write', `destroy/${path}`, input)).rejects.toThrow(/^no version number provided$/)
    }
  })

  it('destroys and forgets more versions than one commit holds', async () => {
    const kv = open(boundedStorage())
    await kv.ask('write', `metadata/${path}`, { max_versions: 500 })
    for (let a = 1; a <= 250; a++) await kv.put({ a })
    await kv.do('destroy', ...Array.from({ length: 240 }, (_, i) => i + 1))

    expect((await kv.get(240))?.metadata.destroyed).toBe(true)
    expect((await kv.get(241))?.data).toEqual({ a: 241 })
    await kv.ask('delete', `metadata/${path}`)
    expect(await keysUnder(kv.storage, '')).toEqual([])
  })
})

describe('how many versions are kept, and for how long', () => {
  it('keeps ten, and drops the oldest in the commit that adds one', async () => {
    const kv = open()
    for (let a = 1; a <= 9; a++) await kv.put({ a })
    expect((await kv.about())?.oldest_version).toBe(0)
    for (let a = 10; a <= 12; a++) await kv.put({ a })

    expect(await kv.about()).toMatchObject({ current_version: 12, oldest_version: 3 })
    expect(Object.keys((await kv.about())?.versions ?? {})).toEqual('3 4 5 6 7 8 9 10 11 12'.split(' '))
    expect(await kv.get(2)).toBeUndefined()
    expect(await keysUnder(kv.storage, `versions/${path}/`)).toHaveLength(10)
  })

  it('keeps the larger of what the mount and the secret say', async () => {
    const kv = open()
    await kv.write('config', {}, { max_versions: 2 })
    await kv.write('metadata/{path+}', { path }, { max_versions: 3 })
    for (let a = 1; a <= 5; a++) await kv.put({ a })
    for (let a = 1; a <= 5; a++) await kv.put({ a }, undefined, 'other')

    expect((await kv.about())?.oldest_version).toBe(3)
    expect((await kv.about('other'))?.oldest_version).toBe(4)
  })

  it('sweeps the values of many dropped versions over several writes, and shows none of them', async () => {
    const kv = open(boundedStorage())
    await kv.ask('write', `metadata/${path}`, { max_versions: 300 })
    for (let a = 1; a <= 250; a++) await kv.put({ a })
    await kv.ask('write', `metadata/${path}`, { max_versions: 1 })
    await kv.put({ a: 251 })

    expect(await kv.about()).toMatchObject({ current_version: 251, oldest_version: 251 })
    expect(await kv.get(250)).toBeUndefined()
    for (let a = 252; a <= 256; a++) await kv.put({ a })
    expect(await keysUnder(kv.storage, `versions/${path}/`)).toEqual([`versions/${path}/256`])
  })

  it('deletes a version at its time: the shorter of what the mount and the secret say', async () => {
    const kv = open()
    await kv.ask('write', 'config', { delete_version_after: '1h' })
    await kv.ask('write', `metadata/${path}`, { delete_version_after: '10m' })
    expect(await kv.put({ a: 1 })).toMatchObject({ deletion_time: '2030-01-01T00:10:00.000Z' })

    kv.pass(599)
    expect(await kv.get()).toMatchObject({ data: { a: 1 }, metadata: { deletion_time: '2030-01-01T00:10:00.000Z' } })
    kv.pass(1)
    expect((await kv.ask('read', `data/${path}`))?.fields.status).toBe(404)
  })

  it('gives an undeleted version its whole life again', async () => {
    const kv = open()
    await kv.ask('write', 'config', { delete_version_after: 60 })
    await kv.put({ a: 1 })
    kv.pass(100)
    await kv.do('undelete', 1)

    expect(await kv.get()).toMatchObject({ data: { a: 1 }, metadata: { deletion_time: '2030-01-01T00:02:40.000Z' } })
  })

  it('deletes nothing by age where the mount says never', async () => {
    const kv = open()
    await kv.ask('write', 'config', { delete_version_after: '-5s' })
    await kv.ask('write', `metadata/${path}`, { delete_version_after: '10m' })

    expect(await kv.put({ a: 1 })).toMatchObject({ deletion_time: '' })
    expect(await kv.read('config', {})).toMatchObject({ delete_version_after: '-1s' })
  })

  it('stays within what a time can say', async () => {
    const kv = open()
    await kv.ask('write', 'config', { delete_version_after: 1e15 })
    expect(await kv.put({ a: 1 })).toMatchObject({ deletion_time: '9999-12-31T23:59:59.999Z' })
  })
})

describe('settings', () => {
  it('begins with Vault\'s, and changes only those given', async () => {
    const kv = open()
    expect(await kv.read('config', {})).toEqual({ max_versions: 0, cas_required: false, delete_version_after: '0s' })

    expect(await kv.ask('write', 'config', { max_versions: '5', delete_version_after: '8760h' })).toBeUndefined()
    await kv.ask('write', 'config', { cas_required: true })
    await kv.ask('write', 'config', {})

    const settings = { max_versions: 5, cas_required: true, delete_version_after: '8760h0m0s' }
    expect(await kv.read('config', {})).toEqual(settings)
  })

  it('shows what is known about a secret', async () => {
    const kv = open()
    const custom_metadata = { owner: 'ops' }
    await kv.ask('write', `metadata/${path}`, { max_versions: 4, delete_version_after: '30m', custom_metadata })
    kv.pass(1)
    await kv.put({ a: 1 })

    expect(await kv.about()).toEqual({
      versions: {
        1: { created_time: '2030-01-01T00:00:01.000Z', deletion_time: '2030-01-01T00:30:01.000Z', destroyed: false },
      },
      current_version: 1,
      oldest_version: 0,
      created_time: '2030-01-01T00:00:00.000Z',
      updated_time: '2030-01-01T00:00:01.000Z',
      max_versions: 4,
      cas_required: false,
      delete_version_after: '30m0s',
      custom_metadata,
    })
    expect((await kv.get())?.metadata.custom_metadata).toEqual(custom_metadata)
  })

  it('makes a secret without versions, which has a name and no data', async () => {
    const kv = open()
    expect(await kv.ask('write', `metadata/${path}`, { max_versions: 4 })).toBeUndefined()

    expect(await kv.about()).toMatchObject({ current_version: 0, versions: {} })
    expect(await kv.get()).toBeUndefined()
    expect(await kv.list('metadata/{path*}', { path: 'team' })).toEqual({ keys: ['telegram'] })
  })

  it('makes nothing of a write without settings', async () => {
    const kv = open()
    expect(await kv.ask('write', `metadata/${path}`, { unknown: 1 })).toBeUndefined()
    expect(await kv.about()).toBeUndefined()
  })

  it('warns when a secret asks for less than the mount demands', async () => {
    const kv = open()
    await kv.ask('write', 'config', { cas_required: true })
    const warnings = ['"cas_required" set to false, but is mandated by backend config. This value will be ignored.']

    expect((await kv.ask('write', `metadata/${path}`, { cas_required: false }))?.fields).toEqual({ warnings })
    expect((await kv.ask('patch', `metadata/${path}`, { cas_required: false }))?.fields).toEqual({ warnings })
    expect(await kv.ask('write', `metadata/${path}`, { cas_required: true })).toBeUndefined()
  })

  it('replaces custom metadata when written, merges it when patched', async () => {
    const kv = open()
    await kv.ask('write', `metadata/${path}`, { custom_metadata: { a: '1', b: '2' } })
    await kv.ask('patch', `metadata/${path}`, { custom_metadata: { a: null, c: 3 } })
    expect((await kv.about())?.custom_metadata).toEqual({ b: '2', c: '3' })

    await kv.ask('write', `metadata/${path}`, { custom_metadata: { d: '4' } })
    expect((await kv.about())?.custom_metadata).toEqual({ d: '4' })
    await kv.ask('patch', `metadata/${path}`, { custom_metadata: null })
    expect((await kv.about())?.custom_metadata).toBeNull()
  })

  it('patches the settings given, unsets those that are null, and leaves the versions', async () => {
    const kv = open()
    await kv.put({ a: 1 })
    await kv.ask('write', `metadata/${path}`, { max_versions: 4, cas_required: true, delete_version_after: '30m' })
    const patch = { max_versions: null, delete_version_after: '1h' }
    expect(await kv.ask('patch', `metadata/${path}`, patch)).toBeUndefined()

    const settings = { max_versions: 0, cas_required: true, delete_version_after: '1h0m0s' }
    expect(await kv.about()).toMatchObject({ ...settings, current_version: 1 })
    await kv.ask('patch', `metadata/${path}`, { cas_required: null })
    expect(await kv.about()).toMatchObject({ cas_required: false })
    expect((await kv.get())?.data).toEqual({ a: 1 })
  })

  it('cannot patch the settings of what is not there', async () => {
    expect((await open().ask('patch', `metadata/${path}`, { max_versions: 1 }))?.fields).toEqual({ status: 404 })
  })

  it.each([
    ['64 keys', Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, 'v']))],
    ['128 bytes of key', { ['ü'.repeat(65)]: 'v' }],
    ['some key', { '': 'v' }],
    ['512 bytes of value', { k: 'v'.repeat(513) }],
    ['some value', { k: '' }],
    ['printable keys', { 'a\u0007': 'v' }],
    ['printable values', { a: 'v\n' }],
  ])('keeps custom metadata to %s', async (_, custom_metadata) => {
    const kv = open()
    await kv.put({})

    for (const verb of ['write', 'patch'] as const) {
      const late = kv.ask(verb, `metadata/${path}`, { custom_metadata })
      await expect(late).rejects.toThrow('custom_metadata validation failed')
    }
    expect((await kv.about())?.custom_metadata).toBeNull()
  })

  it('takes custom metadata up to its limits', async () => {
    const kv = open()
    const longest = Array.from({ length: 64 }, (_, i) => [`${i}`.padEnd(128, 'k'), 'v'.repeat(512)] as const)
    const custom_metadata = Object.fromEntries(longest)
    await kv.ask('write', `metadata/${path}`, { custom_metadata })

    expect((await kv.about())?.custom_metadata).toEqual(custom_metadata)
    const more = kv.ask('patch', `metadata/${path}`, { custom_metadata: { more: 'v' } })
    await expect(more).rejects.toThrow('payload must contain at most 64 keys, provided 65')
  })

  const wrong = [
    { max_versions: -1 }, { delete_version_after: '-1s' },
    { custom_metadata: { a: { b: 1 } } }, { custom_metadata: [1] },
  ]
  it.each(wrong)(
    'refuses %j',
    async (input) => {
      const kv = open()
      await kv.put({})
      await expect(kv.ask('write', `metadata/${path}`, input)).rejects.toSatisfy(RequestError.invalidField.is)
      await expect(kv.ask('patch', `metadata/${path}`, input)).rejects.toSatisfy(RequestError.invalidField.is)
    },
  )

  it('forgets a secret whole: its versions, settings and name, so that it may begin again', async () => {
    const kv = open()
    await kv.put({ a: 1 })
    await kv.ask('write', `metadata/${path}`, { custom_metadata: { a: '1' } })
    expect(await kv.ask('delete', `metadata/${path}`)).toBeUndefined()
    expect(await kv.ask('delete', `metadata/${path}`)).toBeUndefined()

    expect(await keysUnder(kv.storage, '')).toEqual([])
    expect(await kv.put({ a: 2 }, { cas: 0 })).toMatchObject({ version: 1, custom_metadata: null })
  })
})

describe('listing', () => {
  it('lists names in order and in pages, folders with a slash', async () => {
    const kv = open()
    for (const at of ['b', 'a/x', 'a/y/z', 'a']) await kv.put({}, undefined, at)

    expect(await kv.list('metadata/{path*}', { path: '' })).toEqual({ keys: ['a', 'a/', 'b'] })
    expect((await kv.ask('list', 'metadata/'))?.fields.data).toEqual({ keys: ['a', 'a/', 'b'] })
    expect(await kv.list('metadata/{path*}', { path: 'a' })).toEqual({ keys: ['x', 'y/'] })
    expect(await kv.list('metadata/{path*}', { path: '' }, { after: 'a', limit: 1 })).toEqual({ keys: ['a/'] })
    expect(await kv.list('metadata/{path*}', { path: 'b' })).toBeUndefined()
  })

  it('still names a secret whose versions are deleted', async () => {
    const kv = open()
    await kv.put({ a: 1 })
    await kv.ask('delete', `data/${path}`)

    expect(await kv.list('metadata/{path*}', { path: 'team' })).toEqual({ keys: ['telegram'] })
  })
})

describe('subkeys', () => {
  const nested = { a: { b: { c: 'secret' }, empty: {} }, list: [{ x: 1 }], n: 1 }

  it('shows every key and no value', async () => {
    const kv = open()
    await kv.ask('write', `data/${path}`, { data: { ...nested, raw: parseJson('1.0') } })

    const shape = await kv.read('subkeys/{path+}', { path })
    expect(shape?.subkeys).toEqual({ a: { b: { c: null }, empty: null }, list: null, n: null, raw: null })
    expect(shape?.metadata.version).toBe(1)
  })

  it('goes as deep as it is asked to, of the version it is asked for', async () => {
    const kv = open()
    await kv.put(nested)
    await kv.put({ other: 1 })

    const at = async (depth: number) => (await kv.read('subkeys/{path+}', { path }, { version: 1, depth }))?.subkeys
    expect(await at(1)).toEqual({ a: null, list: null, n: null })
    expect(await at(2)).toEqual({ a: { b: null, empty: null }, list: null, n: null })
    expect(await at(0)).toEqual({ a: { b: { c: null }, empty: null }, list: null, n: null })
  })

  it('answers for a missing or deleted version as a read does', async () => {
    const kv = open()
    expect(await kv.ask('read', `subkeys/${path}`)).toBeUndefined()
    await kv.put(nested)
    await kv.ask('delete', `data/${path}`)

    const answer = await kv.ask('read', `subkeys/${path}`)
    expect(answer?.fields).toMatchObject({ status: 404, data: { subkeys: null, metadata: { version: 1 } } })
  })
})

describe('who may write', () => {
  it.each(['data/{path+}', 'metadata/{path+}'])('knows at %s whether a write creates or updates', async (template) => {
    const kv = open()
    const declared: readonly Path[] = kvV2.paths
    const { write } = declared.find((each) => each.template === template)!.operations
    const exists = () => write!.exists!({ storage: kv.storage, params: { path } } as any)

    expect(await exists()).toBe(false)
    await kv.ask('write', `metadata/${path}`, { max_versions: 1 })
    expect(await exists()).toBe(true)
  })
})

describe('paths that are none', () => {
  it.each([['read', 'get'], ['write', 'put'], ['patch', 'patch'], ['delete', 'delete'], ['list', 'list']] as const)(
    'tells who tries to %s as in version 1 what to use instead',
    async (verb, command) => {
      const answer = await open().ask(verb, 'telegram', { a: 1 })
      expect(answer?.fields).toEqual({
        status: 404,
        warnings: [
          'Invalid path for a versioned K/V secrets engine. ' +
            'See the API docs for the appropriate API endpoints to use. ' +
            `If using the Vault CLI, use 'vault kv ${command}' for this operation.`,
        ],
      })
    },
  )

  it.each(['data', 'metadata', 'delete', 'undelete', 'destroy', 'data/'])('says so of the root %s', async (root) => {
    expect((await open().ask('read', root))?.fields).toEqual({
      status: 404,
      warnings: ['Non-listing operations on the root of a K/V v2 mount are not supported.'],
    })
  })

  it('calls a wrong verb on a right path unsupported', async () => {
    const wrong = [['list', 'data/a'], ['read', 'destroy/a'], ['delete', 'config'], ['patch', 'subkeys/a']] as const
    for (const [verb, at] of wrong) {
      await expect(open().ask(verb, at)).rejects.toSatisfy(RequestError.unsupportedOperation.is)
    }
  })
})

async function keysUnder(storage: Storage, prefix: string): Promise<string[]> {
  const names = await storage.list(prefix)
  return (await Promise.all(names.map((n) => (n.endsWith('/') ? keysUnder(storage, prefix + n) : [prefix + n])))).flat()
}

/** Storage that takes no more operations in one commit than etcd does. */
function boundedStorage(): Storage {
  const inner = memoryStorage()
  return {
    ...inner,
    commit: (writes, guards = []) => {
      if (writes.length + guards.length > 128) throw new Error('too many operations in one commit')
      return inner.commit(writes, guards)
    },
  }
}
