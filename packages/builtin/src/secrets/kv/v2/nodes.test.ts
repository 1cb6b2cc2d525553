import { untilCommitted, type SharedStorage } from '@chatelaine/sdk'
import { mounted, sharedMemory } from '@chatelaine/sdk/testing'
import { describe, expect, it } from 'vitest'
import { kvV1 } from '../v1/index.js'
import { kvV2 } from './index.js'

const at = { path: 'team/telegram' }

/** The same mount on two nodes; `begin` is what a request begins with. */
function twoNodes() {
  const shared = sharedMemory()
  const handles = [shared.open('a'), shared.open('b')] as const
  let time = Date.parse('2030-01-01T00:00:00Z')
  const [a, b] = handles.map((handle) => {
    const kv = mounted(kvV2, { storage: handle, now: () => new Date((time += 1)) })
    const begin = async () => {
      await handle.catchUp()
      return kv
    }
    return { handle, kv, begin }
  })
  return { a: a!, b: b! }
}

describe('kv version 2 on two nodes', () => {
  it('gives racing writers versions without gaps or repeats, each with its own value', async () => {
    const { a, b } = twoNodes()
    await a.kv.write('config', {}, { max_versions: 100 })

    const written = await Promise.all(
      Array.from({ length: 40 }, async (_, writer) => {
        const kv = await (writer % 2 ? a : b).begin()
        // Who loses too many races is told to try again, as a client would.
        return untilCommitted(async () => {
          const { version } = (await kv.write('data/{path+}', at, { data: { writer } }).catch(() => undefined)) ?? { version: undefined }
          return version === undefined ? false : { writer, version }
        })
      }),
    )

    expect(written.map(({ version }) => version).sort((x, y) => x - y)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1))
    for (const { writer, version } of written) {
      expect((await (await b.begin()).read('data/{path+}', at, { version }))?.data).toEqual({ writer })
    }
  })

  it('lets one of two writers have the check-and-set', async () => {
    const { a, b } = twoNodes()
    for (let version = 0; version < 5; version++) {
      const write = async (of: typeof a) => (await of.begin()).write('data/{path+}', at, { data: {}, options: { cas: version } })

      const outcomes = await Promise.allSettled([write(a), write(b)])

      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    }
  })

  it('does not take for lost what another node has swept away while it read', async () => {
    const { a, b } = twoNodes()
    await a.kv.write('data/{path+}', at, { data: { n: 1 } })
    await b.begin()
    await a.kv.delete('metadata/{path+}', at)
    await a.kv.write('data/{path+}', at, { data: { n: 2 } })
    // What memory does not hold comes from the storage itself, and may be ahead of what it does hold.
    const ahead: SharedStorage = { ...b.handle, get: (key) => (key.startsWith('versions/') ? a.handle.get(key) : b.handle.get(key)) }

    expect((await mounted(kvV2, { storage: ahead, now: () => new Date('2030-01-02') }).read('data/{path+}', at))?.data).toEqual({ n: 2 })
  })

  it('takes over every secret of version 1, also those another node wrote a moment before', async () => {
    const { a, b } = twoNodes()
    const plain = mounted(kvV1, { storage: b.handle })
    for (let i = 0; i < 5; i++) await plain.write('{path+}', { path: `s/${i}` }, { i })

    const clock = { now: () => new Date('2030-01-01T00:00:00Z') }
    await kvV2.upgrade?.({ storage: a.handle, clock }, '1')
    await Promise.all([a, b].map(({ handle }) => kvV2.upgrade?.({ storage: handle, clock }, '1')))

    expect(await a.handle.list('data/')).toEqual([])
    for (let i = 0; i < 5; i++) expect((await (await a.begin()).read('data/{path+}', { path: `s/${i}` }))?.data).toEqual({ i })
  })

  it('writes nothing that is too much for one commit, however many versions go at once', async () => {
    const { a } = twoNodes()
    await a.kv.write('config', {}, { max_versions: 200 })
    for (let i = 0; i < 150; i++) await a.kv.write('data/{path+}', at, { data: { i } })
    const sizes: number[] = []
    const sized: SharedStorage = { ...a.handle, commit: (writes, guards) => (sizes.push(writes.length), a.handle.commit(writes, guards)) }
    const kv = mounted(kvV2, { storage: sized })

    await kv.write('destroy/{path+}', at, { versions: Array.from({ length: 120 }, (_, i) => i + 1) })
    await kv.write('config', {}, { max_versions: 1 })
    await kv.write('data/{path+}', at, { data: {} })
    await kv.delete('metadata/{path+}', at)

    expect(Math.max(...sizes)).toBeLessThanOrEqual(50)
    expect(await a.handle.list('versions/')).toEqual([])
  })
})
