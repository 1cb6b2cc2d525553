import { strict } from '@chatelaine/sdk'
import type { EtcdStorage } from '@chatelaine/storage'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openProxy } from './proxy.js'
import { bytes, eventually, measured, put, stageFor, text } from './stage.js'

const stage = stageFor()

/** What each store is asked while something is wrong with etcd: it must go on, and lose nothing. */
async function works(storage: EtcdStorage, rounds = 10): Promise<void> {
  for (let i = 0; i < rounds; i++) {
    const value = `${i} ${Math.random()}`
    expect(await storage.commit([put('works', value)])).toBe(true)
    expect(text(await strict(storage).get('works'))).toBe(value)
    expect(await storage.list('', { limit: 1 })).toHaveLength(1)
  }
}

/** Freezes until the test ends, whatever comes of it. */
function freeze(node: { freeze(): void; thaw(): void }): void {
  node.freeze()
  onTestFinished(() => node.thaw())
}

describe('what Vault on etcd was reported for', { timeout: 90_000 }, () => {
  it('1: one frozen member stalls everything (hashicorp/vault #32091)', async () => {
    const stores = [await stage.store(), await stage.store()]
    for (const node of stage.cluster.nodes) {
      node.freeze()
      try {
        for (const storage of stores) await works(storage)
      } finally {
        node.thaw()
      }
    }
  })

  it('1: the member that carries the watch is frozen', async () => {
    const storage = await stage.store()
    await works(storage, 1)
    const watched = storage.watching
    freeze(stage.cluster.nodes.find(({ endpoint }) => endpoint === watched)!)
    await works(storage)

    expect(await eventually(() => !['', watched].includes(storage.watching))).toBe(true)
  })

  it('1: a member is frozen while it is connected to, and thaws', async () => {
    const [frozen] = stage.cluster.nodes
    frozen!.freeze()
    let storage: EtcdStorage
    try {
      storage = await stage.store()
      await works(storage)
      expect(await eventually(() => measured(storage, 'chatelaine_etcd_member_up') === 2)).toBe(true)
    } finally {
      frozen!.thaw()
    }

    expect(await eventually(() => measured(storage, 'chatelaine_etcd_member_up') === 3)).toBe(true)
  })

  it("2: the hard loss of etcd's leader is an outage (hashicorp/vault #23074)", async () => {
    const storage = await stage.store()
    await works(storage, 1)
    const lost = await stage.leader()
    await lost.kill()
    try {
      await works(storage)
    } finally {
      await lost.start()
    }
    await works(storage)
  })

  it('3: the first endpoint is down at the start (hashicorp/vault #4961)', async () => {
    const [first] = stage.cluster.nodes
    await first!.kill()
    try {
      await works(await stage.store())
    } finally {
      await first!.start()
    }
    await works(await stage.store({ endpoints: ['https://127.0.0.1:1', ...stage.cluster.endpoints] }))
  })

  it('4: a list reads everything there is (hashicorp/vault #23784)', async () => {
    const proxies = await Promise.all(stage.cluster.endpoints.map(openProxy))
    onTestFinished(async () => void (await Promise.all(proxies.map((proxy) => proxy.close()))))
    const prefix = stage.prefix()
    const writer = await stage.store({ prefix })
    const value = bytes('x'.repeat(5000))
    await Promise.all(Array.from({ length: 100 }, (_, f) => writer.commit(Array.from({ length: 50 }, (_, i) => ({ put: `folder/${f}/${i}`, value })))))
    const reader = await stage.store({ prefix, endpoints: proxies.map(({ endpoint }) => endpoint) })
    const passed = () => proxies.reduce((sum, { captured }) => sum + captured.reduce((bytes, chunk) => bytes + chunk.length, 0), 0)
    await reader.list('nothing/')
    const before = passed()

    expect(await reader.list('folder/', { limit: 10 })).toEqual(['0/', '1/', '10/', '11/', '12/', '13/', '14/', '15/', '16/', '17/'])
    expect(await reader.list('folder/')).toHaveLength(100)
    // 25 MB lie under it. What came is keys, and not all of them: folders are leapt over.
    expect(passed() - before).toBeLessThan(600_000)
  })

  it('5: who loses his lease asks for it for ever (hashicorp/vault #3031)', async () => {
    const storage = await stage.store({ lockTtlSeconds: 2 })
    await storage.cluster.announce({ name: 'a', apiAddress: '', version: '', sealed: false })
    const root = await stage.members({ as: 'root' })
    const announced = async () => {
      const { kvs } = await root.call('KV/Range', { key: '/chatelaine/', range_end: '/chatelaine0' })
      return kvs.find(({ key }) => key.endsWith(`/node/${storage.cluster.self}`))
    }
    const lost = (await announced())!
    await root.call('Lease/LeaseRevoke', { ID: lost.lease })

    // It may be back before anybody can see it gone, but by another lease: with the one that was revoked its row went.
    await eventually(async () => {
      const found = await announced()
      return found && found.lease.toString() !== lost.lease.toString()
    })
    expect(await storage.cluster.nodes()).toMatchObject([{ id: storage.cluster.self, name: 'a' }])
    expect((await storage.cluster.campaign(new AbortController().signal))?.guard.revision).toBeGreaterThan(0n)
  })

  it('5, again: a lease on which nothing could be put is never kept alive, nor given up', async () => {
    const { Session } = await import('../../packages/storage/src/etcd/session.js')
    let tries = 0
    const session = new Session(await stage.members(), 20, async () => {
      if (tries++ === 0) throw new Error('etcd does not answer')
    })
    onTestFinished(() => session.close())
    await expect(session.lease()).rejects.toThrow('does not answer')
    const lease = await session.lease()

    expect([tries, lease.ended.aborted]).toEqual([2, false])
    expect(await session.lease()).toBe(lease)
  })

  it('6: a lock survives the crash of its holder (hashicorp/vault #2540)', async () => {
    const proxies = await Promise.all(stage.cluster.endpoints.map(openProxy))
    onTestFinished(async () => void (await Promise.all(proxies.map((proxy) => proxy.close()))))
    const prefix = stage.prefix()
    const crashes = await stage.store({ prefix, lockTtlSeconds: 2, endpoints: proxies.map(({ endpoint }) => endpoint) })
    const other = await stage.store({ prefix, lockTtlSeconds: 2 })
    expect(await crashes.cluster.campaign(new AbortController().signal)).toBeDefined()
    proxies.forEach((proxy) => proxy.cut())

    expect(await other.cluster.campaign(new AbortController().signal)).toBeDefined()
  })

  it('7: two are active at once, for one has slept (hashicorp/vault #1908, etcd #11457)', async () => {
    const proxies = await Promise.all(stage.cluster.endpoints.map(openProxy))
    onTestFinished(async () => void (await Promise.all(proxies.map((proxy) => proxy.close()))))
    const prefix = stage.prefix()
    const sleeper = await stage.store({ prefix, lockTtlSeconds: 2, endpoints: proxies.map(({ endpoint }) => endpoint) })
    const other = await stage.store({ prefix, lockTtlSeconds: 2 })
    const before = (await sleeper.cluster.campaign(new AbortController().signal))!
    expect(await sleeper.commit([put('k', 'mine')], [before.guard])).toBe(true)
    proxies.forEach((proxy) => proxy.cut())
    const now = (await other.cluster.campaign(new AbortController().signal))!
    expect(await other.commit([put('k', 'its')], [now.guard])).toBe(true)
    proxies.forEach((proxy) => proxy.heal())

    expect(await eventually(() => sleeper.commit([put('k', 'stale')], [before.guard]).then((done) => ({ done }), () => undefined))).toEqual({ done: false })
    expect(text(await strict(other).get('k'))).toBe('its')
    expect(before.ended.aborted).toBe(true)
  })

  it("8: the name of the first endpoint's certificate is expected of all (hashicorp/vault #4349)", async () => {
    // Members share an address name only where it leads to each of them: "localhost" has to be what all listen on.
    const [a, b, c] = stage.cluster.endpoints as [string, string, string]
    const proxy = await openProxy(a)
    onTestFinished(() => proxy.close())
    const storage = await stage.store({ endpoints: [proxy.endpoint.replace('127.0.0.1', 'localhost'), b, c] })
    for (const node of stage.cluster.nodes) {
      node.freeze()
      await works(storage, 3).finally(() => node.thaw())
    }
  })

  it("9: etcd's token expires, and writes fail (hashicorp/vault #3966)", async () => {
    const root = await stage.members({ as: 'root' })
    await root.call('Auth/UserAdd', { name: 'pat', password: 'a password' })
    await root.call('Auth/UserGrantRole', { user: 'pat', role: 'chatelaine' })
    // The certificate is that of a reader: what is written is written as pat.
    const storage = await stage.store({ tls: stage.tls('backup'), user: { name: 'pat', password: 'a password' } })
    await works(storage, 2)
    // Tokens live in the members' memory, so none survives this.
    for (const node of stage.cluster.nodes) {
      await node.kill()
      await node.start()
    }

    await works(storage)
    await expect(stage.store({ tls: stage.tls('backup'), user: { name: 'pat', password: 'another' } })).rejects.toMatchObject({ status: 500 })
  })

  it('10: `foo` is taken for the beginning of `foobar` (hashicorp/vault #3406)', async () => {
    const prefix = stage.prefix()
    const [foo, foobar] = [await stage.store({ prefix: `${prefix}/foo` }), await stage.store({ prefix: `${prefix}/foobar` })]
    await foo.commit([put('a/x'), put('ab/y')])
    await foobar.commit([put('other/z')])

    expect(await foo.list('')).toEqual(['a/', 'ab/'])
    expect(await foo.list('a/')).toEqual(['x'])
    const snapshot = await foo.snapshot()
    expect(snapshot.count).toBe(2)
  })

  it('11: what is wrong with etcd is called something else (hashicorp/vault #20336)', async () => {
    const storage = await stage.store()
    await works(storage, 1)
    const [, b, c] = stage.cluster.nodes
    await Promise.all([b!.kill(), c!.kill()])
    try {
      await expect(storage.catchUp()).rejects.toMatchObject({ code: 'etcd.noQuorum', status: 503, message: expect.stringContaining('1 of its 3 members') })
      await expect(storage.commit([put('k')])).rejects.toMatchObject({ code: 'storage.unsettled', status: 503 })
      expect(storage.health()).toEqual({ state: 'no_quorum', problem: expect.stringContaining(b!.endpoint) })
    } finally {
      await Promise.all([b!.start(), c!.start()])
    }
    await eventually(() => works(storage).then(() => true, () => false))
    expect(storage.health().state).toBe('ok')
  })

  it('12: a request is too large (hashicorp/vault #30866)', async () => {
    const storage = await stage.store()
    const large = Uint8Array.from({ length: 5_000_000 }, (_, i) => i % 251)
    await storage.commit([{ put: 'a', value: large }, { put: 'b', value: large }, put('c')])
    const again = await stage.store()

    expect(Buffer.compare((await storage.get('b'))!.value, large)).toBe(0)
    await expect(again.commit(Array.from({ length: 200 }, (_, i) => put(`${i}`)))).rejects.toMatchObject({ code: 'storage.tooMany', status: 413 })
    expect(await again.commit(Array.from({ length: 120 }, (_, i) => put(`${i}`)))).toBe(true)
  })
})

describe('what is left behind', () => {
  it('of a large value that was replaced is removed in time', async () => {
    const { LargeValues } = await import('../../packages/storage/src/etcd/large.js')
    const { keyspace } = await import('../../packages/storage/src/etcd/keyspace.js')
    const prefix = stage.prefix()
    const [storage, members, space] = [await stage.store({ prefix }), await stage.members(), keyspace(prefix)]
    for (const fill of [1, 2]) await storage.commit([{ put: 'large', value: new Uint8Array(2_000_000).fill(fill) }])
    const count = async () => (await members.call('KV/Range', { key: space.parts.from, range_end: space.parts.to, count_only: true })).count.toNumber()
    const large = new LargeValues(members, space)
    expect(await count()).toBe(8)

    expect(await large.sweep(3_600_000)).toBe(0)
    expect(await large.sweep(0)).toBe(1)
    expect(await count()).toBe(4)
    expect((await storage.get('large'))!.value[0]).toBe(2)
  })

  it('of a large value is not what somebody refers to in this very moment, though its clock is wrong or it has slept', async () => {
    const { LargeValues } = await import('../../packages/storage/src/etcd/large.js')
    const { prepare } = await import('../../packages/storage/src/etcd/commit.js')
    const { keyspace } = await import('../../packages/storage/src/etcd/keyspace.js')
    const prefix = stage.prefix()
    const [storage, members, space] = [await stage.store({ prefix }), await stage.members(), keyspace(prefix)]
    const large = new LargeValues(members, space)
    const writes = [{ put: 'large', value: new Uint8Array(2_000_000).fill(7) }]
    const slept = prepare(writes, [], space, await large.put(writes))
    expect(await large.sweep(0)).toBe(1)
    expect((await members.call('KV/Txn', slept.txn)).succeeded).toBe(false)
    expect(await storage.get('large')).toBeUndefined()

    // While a sweeper sweeps without end, a commit puts its pieces again and loses nothing.
    let done = false
    const sweeping = (async () => {
      while (!done) await large.sweep(0)
    })()
    const outcome = await storage.commit(writes).catch((error: { code: string }) => error.code)
    done = true
    await sweeping
    expect([true, 'storage.unsettled']).toContain(outcome)
    await storage.catchUp()
    expect((await storage.get('large'))?.value.length).toBe(outcome === true ? 2_000_000 : undefined)
  })

  it('of a process that is gone goes when another has moved on, and not before', async () => {
    const { DeadLanes } = await import('../../packages/storage/src/etcd/upkeep.js')
    const { keyspace } = await import('../../packages/storage/src/etcd/keyspace.js')
    const prefix = stage.prefix()
    const gone = await stage.store({ prefix })
    await gone.commit([{ remove: 'nothing' }])
    await gone.close()
    const [living, members, space] = [await stage.store({ prefix }), await stage.members(), keyspace(prefix)]
    let now = 0
    const dead = new DeadLanes({ members, space, cluster: living.cluster }, () => now)
    const lanes = async () => (await members.call('KV/Range', { key: space.lanes.from, range_end: space.lanes.to })).kvs.length
    const hour = async () => {
      const removed = await dead.remove()
      now += 3_600_000
      return removed
    }

    expect([await hour(), await hour()]).toEqual([0, 0])
    await living.commit([put('k')])
    expect([await hour(), await hour(), await lanes()]).toEqual([0, 1, 1])
    expect(measured(living, 'chatelaine_etcd_watch_holes_total')).toBe(0)
  })
})
