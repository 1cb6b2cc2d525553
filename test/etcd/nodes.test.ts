import { createHash } from 'node:crypto'
import { compareKeys, strict, type Storage } from '@chatelaine/sdk'
import { describe, expect, it } from 'vitest'
import { bytes, measured, put, stageFor, text, eventually } from './stage.js'

const stage = stageFor()

const pair = async () => {
  const prefix = stage.prefix()
  return [await stage.store({ prefix }), await stage.store({ prefix })] as const
}

describe('two nodes on one etcd', () => {
  it('see what the other was answered, at once, and answer it from memory afterwards', async () => {
    const [a, b] = await pair()
    for (let i = 0; i < 50; i++) {
      await a.commit([put('k', `${i}`)])
      await b.catchUp()
      expect(text(await b.get('k'))).toBe(`${i}`)
    }

    expect(measured(b, 'chatelaine_etcd_cache_misses_total')).toBe(1)
  })

  it('learn of what is made and of what is removed, having known it absent or there', async () => {
    const [a, b] = await pair()
    expect(await b.get('k')).toBeUndefined()
    await a.commit([put('k', '1')])
    await b.catchUp()
    expect(text(await b.get('k'))).toBe('1')
    await a.commit([{ remove: 'k' }])
    await b.catchUp()
    expect(await b.get('k')).toBeUndefined()
  })

  it('never go back in time, without catching up', async () => {
    const [a, b] = await pair()
    await b.get('n')
    let [last, writing] = [-1, true]
    const writer = (async () => {
      for (let i = 0; i < 100; i++) await a.commit([put('n', `${i}`)])
      writing = false
    })()
    while (writing) {
      const seen = Number(text(await b.get('n')) ?? -1)
      expect(seen).toBeGreaterThanOrEqual(last)
      last = seen
      await b.list('')
    }
    await writer
  })

  it('lose no increment to each other', async () => {
    const nodes = await pair()
    const increment = async (storage: Storage) => {
      for (;;) {
        const before = await storage.get('n')
        const next = Number(text(before) ?? 0) + 1
        if (await storage.commit([put('n', `${next}`)], [{ key: 'n', revision: before?.revision ?? 0n }])) return
      }
    }
    await Promise.all(nodes.flatMap((node) => Array.from({ length: 4 }, async () => {
      for (let i = 0; i < 10; i++) await increment(node)
    })))

    expect(text(await strict(nodes[0]).get('n'))).toBe('80')
  })

  it('apply at most one of two commits that exclude each other, though they travel in one batch', async () => {
    const [a] = await pair()
    await a.commit([put('x'), put('y')])
    for (let round = 0; round < 20; round++) {
      const [x, y] = [(await a.get('x'))!, (await a.get('y'))!]
      const done = await Promise.all([
        a.commit([put('y', `${round}`)], [{ key: 'x', revision: x.revision }, { key: 'y', revision: y.revision }]),
        a.commit([put('x', `${round}`)], [{ key: 'y', revision: y.revision }, { key: 'x', revision: x.revision }]),
      ])

      expect(done.filter(Boolean)).toHaveLength(1)
    }
  })

  it('see a large value whole or not at all while it is replaced', async () => {
    const [a, b] = await pair()
    const value = (fill: number) => new Uint8Array(2_500_000).fill(fill)
    await a.commit([{ put: 'large', value: value(0) }])
    let writing = true
    const writer = (async () => {
      for (let i = 1; i <= 6; i++) await a.commit([{ put: 'large', value: value(i) }])
      writing = false
    })()
    while (writing) {
      const { value: seen } = (await strict(b).get('large'))!
      expect(new Set(seen).size).toBe(1)
    }
    await writer
    expect((await strict(b).get('large'))!.value[0]).toBe(6)
  })

  it('read keys in one request that are wanted together and not in memory', async () => {
    const [a, b] = await pair()
    for (let i = 0; i < 3; i++) await a.commit(Array.from({ length: 40 }, (_, k) => put(`k${i}/${k}`, `${k}`)))
    await b.catchUp()
    const found = await Promise.all(Array.from({ length: 120 }, (_, n) => b.get(`k${Math.floor(n / 40)}/${n % 40}`)))

    expect(found.map(text)).toEqual(Array.from({ length: 120 }, (_, n) => `${n % 40}`))
  })

  it('may answer what is as old as max_staleness allows, and no older', async () => {
    const prefix = stage.prefix()
    const [a, b] = [await stage.store({ prefix }), await stage.store({ prefix, maxStalenessMs: 50 })]
    const patient = await stage.store({ prefix, maxStalenessMs: 3_600_000 })
    await patient.catchUp()
    const asked = measured(patient, 'chatelaine_etcd_questions_total')
    for (let i = 0; i < 10; i++) await patient.catchUp()
    expect(measured(patient, 'chatelaine_etcd_questions_total') - asked).toBe(0)
    await b.get('k')
    await b.catchUp()
    await a.commit([put('k', 'new')])
    const before = measured(b, 'chatelaine_etcd_questions_total')

    await eventually(async () => {
      await b.catchUp()
      return text(await b.get('k')) === 'new' && measured(b, 'chatelaine_etcd_questions_total') > before
    })
  })
})

describe('memory', () => {
  it('is bounded, and what did not fit is read again', async () => {
    const storage = await stage.store({ cacheBytes: 1 << 20 })
    for (let i = 0; i < 40; i++) await storage.commit(Array.from({ length: 50 }, (_, k) => ({ put: `k/${i}/${k}`, value: bytes('x'.repeat(1000)) })))
    expect(measured(storage, 'chatelaine_etcd_cache_bytes')).toBeLessThanOrEqual(1 << 20)

    for (const at of [0, 20, 39]) expect((await storage.get(`k/${at}/7`))?.value.length).toBe(1000)
  })

  it('forgets what differs from etcd when it is compared, and says so', async () => {
    const said: string[] = []
    const storage = await stage.store({ reconcileMs: 50, log: (message) => said.push(message) })
    await storage.commit([put('k', 'true')])
    // The only way to make memory wrong from outside: a write that the watch brings, undone in memory by an older truth.
    const known = await storage.get('k')
    Object.assign(known!, { revision: 1n, value: bytes('wrong') })
    await storage.commit([put('other')])

    expect(await eventually(() => said.find((line) => line.includes('differed')))).toBeDefined()
    expect(text(await storage.get('k'))).toBe('true')
    expect(measured(storage, 'chatelaine_etcd_reconciled_total')).toBe(1)
  })
})

describe('bytes in etcd that nobody here wrote', () => {
  it('are an error to who reads their key, and nothing to the watch', async () => {
    const prefix = stage.prefix()
    const [storage, members] = [await stage.store({ prefix }), await stage.members()]
    await storage.commit([put('k', 'ours'), put('other', '1')])
    for (const value of [Buffer.from([7]), Buffer.alloc(0), Buffer.from('\x01{')]) {
      const { header } = await members.call('KV/Put', { key: `${prefix}/data/k`, value })
      await eventually(() => measured(storage, 'chatelaine_etcd_revision_seen') >= header.revision.toNumber())

      await expect(storage.get('k')).rejects.toMatchObject({ code: 'storage.torn', message: expect.stringContaining('"k"') })
    }
    await members.call('KV/Put', { key: `${prefix}/lane/nobody/0`, value: Buffer.from('nonsense') })
    await members.call('KV/Put', { key: `${prefix}/node/nobody`, value: Buffer.from('nonsense') })

    expect(await storage.commit([put('k', 'mended'), put('other', '2')])).toBe(true)
    expect([text(await storage.get('k')), text(await strict(storage).get('other'))]).toEqual(['mended', '2'])
    expect(await storage.cluster.nodes()).toEqual([])
  })
})

describe('a layout of a version', () => {
  it('that is not known is refused, and one that is empty is left so until something is written', async () => {
    const prefix = stage.prefix()
    const members = await stage.members()
    const count = async () => (await members.call('KV/Range', { key: `${prefix}/`, range_end: `${prefix}0`, count_only: true })).count.toNumber()
    const storage = await stage.store({ prefix })
    await storage.get('k')
    expect(await count()).toBe(0)
    await storage.commit([put('k')])
    expect(await count()).toBe(3)
    await members.call('KV/Put', { key: `${prefix}/format`, value: Buffer.from('2') })

    await expect(stage.store({ prefix })).rejects.toMatchObject({ code: 'storage.newerFormat', message: expect.stringContaining('format 2') })
  })
})

describe('a folder with many keys', () => {
  it.each([
    ['numbers', (i: number) => `${i}`],
    ['numbers of one length', (i: number) => String(i).padStart(12, '0')],
    ['hashes', (i: number) => createHash('sha256').update(`${i}`).digest('hex')],
    ['folders', (i: number) => `${i % 700}/${i}`],
    ['names of many a beginning', (i: number) => `${['é', '😀', '~', 'z', ''][i % 5]}${i}`],
  ])('is listed in pages as a whole, by %s', { timeout: 60_000 }, async (_, name) => {
    const storage = await stage.store()
    const names = Array.from({ length: 24_000 }, (_, i) => name(i))
    for (let at = 0; at < names.length; at += 6000) {
      await Promise.all(Array.from({ length: 60 }, (_, n) => storage.commit(names.slice(at + n * 100, at + n * 100 + 100).map((one) => put(`many/${one}`)))))
    }
    await storage.commit([put('many'), put('manz/x')])
    const children = [...new Set(names.map((one) => one.replace(/\/.*/, '/')))].sort(compareKeys)

    expect(await storage.list('many/')).toEqual(children)
    // Now the folder is known to be large, and is asked for in narrow ranges.
    expect(await storage.list('many/')).toEqual(children)
    for (const at of [0, 1, 333, 600, children.length - 1]) {
      expect(await storage.list('many/', { after: children[at], limit: 50 })).toEqual(children.slice(at + 1, at + 51))
    }
    expect(await storage.list('many/', { limit: 3 })).toEqual(children.slice(0, 3))
    await storage.commit([put('many/!first')])
    expect(await storage.list('many/', { limit: 1 })).toEqual(['!first'])
  })
})
