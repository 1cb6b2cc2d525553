import { memoryStorage, parseJson, stringifyJson } from '@chatelaine/sdk'
import { mounted } from '@chatelaine/sdk/testing'
import { describe, expect, it } from 'vitest'
import { KvError } from '../errors.js'
import { kvV1 } from './index.js'

describe('kv version 1', () => {
  it('gives back what was written last, whole', async () => {
    const kv = mounted(kvV1)
    await kv.write('{path+}', { path: 'team/api' }, { id: 1, hash: 'x' })
    await kv.write('{path+}', { path: 'team/api' }, { id: 2 })

    expect(await kv.read('{path+}', { path: 'team/api' })).toEqual({ id: 2 })
  })

  it('answers a write and a delete with nothing, even where nothing was', async () => {
    const kv = mounted(kvV1)

    expect(await kv.ask('write', 'a', { x: 1 })).toBeUndefined()
    expect(await kv.ask('delete', 'a')).toBeUndefined()
    expect(await kv.ask('delete', 'never')).toBeUndefined()
    expect(await kv.ask('read', 'a')).toBeUndefined()
  })

  it('says for how long a value may be kept: what its ttl or lease says, or else the mount', async () => {
    const kv = mounted(kvV1, { mount: { defaultLeaseTtl: 77 } })
    const lifeOf = async (data: Record<string, unknown>) => {
      await kv.ask('write', 'a', data)
      return (await kv.ask('read', 'a'))?.fields.leaseDuration
    }

    expect(await lifeOf({ x: 1 })).toBe(77)
    expect(await lifeOf({ ttl: '1h' })).toBe(3600)
    expect(await lifeOf({ ttl: 60 })).toBe(60)
    expect(await lifeOf(parseJson('{"ttl":60.0}') as Record<string, unknown>)).toBe(60)
    expect(await lifeOf({ lease: '30' })).toBe(30)
    expect(await lifeOf({ ttl: 'soon', lease: '30' })).toBe(77)
  })

  it('refuses a write without fields', async () => {
    await expect(mounted(kvV1).ask('write', 'a', {})).rejects.toThrow('missing data fields')
  })

  it('refuses a name that would be a folder', async () => {
    await expect(mounted(kvV1).ask('write', 'a/', { x: 1 })).rejects.toSatisfy(KvError.folder.is)
  })

  it('lists names in order, folders with a slash, and has no answer for an empty folder', async () => {
    const kv = mounted(kvV1)
    for (const path of ['b', 'a/x', 'a/y/z', 'a']) await kv.write('{path+}', { path }, { v: 1 })

    expect(await kv.list('{path*}', { path: '' })).toEqual({ keys: ['a', 'a/', 'b'] })
    expect(await kv.list('{path*}', { path: 'a/' })).toEqual({ keys: ['x', 'y/'] })
    expect(await kv.list('{path*}', { path: 'a' }, { after: 'x', limit: 1 })).toEqual({ keys: ['y/'] })
    expect(await kv.list('{path*}', { path: 'b' })).toBeUndefined()
  })

  it('has no answer for a read of the mount itself, which is no verb that is missing', async () => {
    const kv = mounted(kvV1)
    await kv.ask('write', 'a', { x: 1 })

    expect(await kv.ask('read', '')).toBeUndefined()
  })

  it('knows a write that creates from one that updates', async () => {
    const kv = mounted(kvV1)
    const exists = kvV1.paths[0].operations.write.exists!
    const storage = memoryStorage()
    const held = mounted(kvV1, { storage })
    const call = { storage, params: { path: 'a' } } as unknown as Parameters<typeof exists>[0]

    expect(await exists(call)).toBe(false)
    await held.ask('write', 'a', { x: 1 })
    expect(await exists(call)).toBe(true)
    expect(await kv.ask('read', 'a')).toBeUndefined()
  })

  it('keeps numbers as they were written', async () => {
    const kv = mounted(kvV1)
    const text = '{"big":12345678901234567890,"one":1.0}'
    await kv.ask('write', 'a', parseJson(text) as Record<string, unknown>)

    expect(stringifyJson((await kv.ask('read', 'a'))?.fields.data)).toBe(text)
  })
})
