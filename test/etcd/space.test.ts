import { describe, expect, it } from 'vitest'
import { numberOf } from '@chatelaine/etcd'
import { eventually, measured, put, stageFor, text } from './stage.js'

const stage = stageFor({ quotaBytes: 16 << 20, extraArgs: ['--auto-compaction-mode=revision', '--auto-compaction-retention=0'] })

describe('an etcd that is out of space', { timeout: 120_000 }, () => {
  it('is read but takes no writes, says so, and takes them again when there is room', async () => {
    const storage = await stage.store()
    await storage.commit([put('before', 'kept')])
    const fill = async () => {
      for (let i = 0; i < 200; i++) await storage.commit([{ put: 'filling', value: new Uint8Array(400_000).fill(i) }])
    }
    await expect(fill()).rejects.toMatchObject({ code: 'etcd.noSpace', status: 507, message: expect.stringContaining('etcdctl alarm disarm') })

    await storage.catchUp()
    expect(text(await storage.get('before'))).toBe('kept')
    expect(storage.health()).toEqual({ state: 'no_space', problem: expect.stringContaining('out of space') })
    expect(storage.measures().find(({ labels, value }) => labels?.['state'] === 'no_space' && value === 1)).toBeDefined()
    // Also who has not tried to write is told.
    const other = await stage.store()
    expect((await eventually(() => other.health().state !== 'ok' && other.health())).state).toBe('no_space')

    const root = await stage.members({ as: 'root' })
    const { header } = await root.call('KV/Range', { key: 'x' })
    await root.call('KV/Compact', { revision: numberOf(header.revision), physical: true })
    for (const member of root.all) await member.call('Maintenance/Defragment', {}, 30_000)
    for (const { memberID, alarm } of (await root.call('Maintenance/Alarm', { action: 0 })).alarms) await root.call('Maintenance/Alarm', { action: 2, memberID, alarm })

    expect(await eventually(() => storage.commit([put('after', 'room')]).catch(() => false))).toBe(true)
    expect(await eventually(() => storage.health().state === 'ok')).toBe(true)
    expect(measured(storage, 'chatelaine_etcd_watch_holes_total')).toBe(0)
  })
})

describe('an etcd that has compacted what a watch still needs', () => {
  it('makes a node forget what it remembered, and read it again', { timeout: 60_000 }, async () => {
    const { openProxy } = await import('./proxy.js')
    const proxies = await Promise.all(stage.cluster.endpoints.map(openProxy))
    const prefix = stage.prefix()
    const [storage, writer] = [await stage.store({ prefix, endpoints: proxies.map(({ endpoint }) => endpoint) }), await stage.store({ prefix })]
    await writer.commit([put('k', 'old'), put('gone', 'old')])
    await storage.catchUp()
    expect([text(await storage.get('k')), text(await storage.get('gone'))]).toEqual(['old', 'old'])
    proxies.forEach((proxy) => proxy.cut())
    await writer.commit([put('k', 'newer')])
    await writer.commit([put('k', 'new'), { remove: 'gone' }])
    const root = await stage.members({ as: 'root' })
    const { header } = await root.call('KV/Range', { key: 'x' })
    await root.call('KV/Compact', { revision: numberOf(header.revision), physical: true })
    proxies.forEach((proxy) => proxy.heal())

    await eventually(() => storage.catchUp().then(() => true, () => false))
    expect([text(await storage.get('k')), await storage.get('gone')]).toEqual(['new', undefined])
    expect(measured(storage, 'chatelaine_etcd_watch_gaps_total')).toBe(1)
    await Promise.all(proxies.map((proxy) => proxy.close()))
  })
})
