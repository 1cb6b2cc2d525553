import { reservedKeys } from '@chatelaine/barrier'
import { encodeRecord, memoryStorage, type Measure } from '@chatelaine/sdk'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { lastKnown } from './last-known.js'
import { openCore } from './testing/open-core.js'
import { openNodes, type Nodes } from './testing/open-nodes.js'

let house: Nodes | undefined
const nodes = async (changed: Parameters<typeof openNodes>[0] = {}) => (house = await openNodes(changed))
afterEach(async () => {
  await house?.close()
  house = undefined
})

const figure = async (of: { measures(): Promise<readonly Measure[]> }, name: string) =>
  (await of.measures()).find((measure) => measure.name === name)?.value

const bytes = (text: string) => new TextEncoder().encode(text)

describe('sealing every node', () => {
  it('seals the others before it is answered, and the one that was asked', async () => {
    const { a, b } = await nodes()

    const { status, data } = await a.ask('write', 'sys/seal', { all: true })

    expect([status, data]).toEqual([200, { sealed: ['a', 'b'], unconfirmed: [] }])
    expect([(await a.core.status()).sealed, (await b.core.status()).sealed]).toEqual([true, true])
  })

  it('is no order for a node that is unsealed later', async () => {
    const { a, b } = await nodes()
    await a.ask('write', 'sys/seal', { all: true })

    await Promise.all([a.unseal(), b.unseal()])

    const looked = b.handle.counts.catchUps
    await expect.poll(() => b.handle.counts.catchUps).toBeGreaterThan(looked + 8)
    expect([(await a.core.status()).sealed, (await b.core.status()).sealed]).toEqual([false, false])
    expect(await b.ask('write', 'sys/seal', { all: true })).toMatchObject({ data: { sealed: ['b', 'a'], unconfirmed: [] } })
  })

  it('names the nodes that have not said they are sealed, and those seal themselves as soon as they can', async () => {
    const { a, b } = await nodes({ sealAllMs: 1 })
    b.handle.cut('refuses')

    expect((await a.ask('write', 'sys/seal', { all: true })).data).toEqual({ sealed: ['a'], unconfirmed: ['b'] })
    b.handle.mend()

    await expect.poll(() => b.core.status()).toMatchObject({ sealed: true })
  })

  it('is obeyed also when the order cannot be read', async () => {
    const { a, b } = await nodes()

    await a.handle.commit([{ put: reservedKeys.sealOrder, value: bytes('{') }])

    await expect.poll(async () => [(await a.core.status()).sealed, (await b.core.status()).sealed]).toEqual([true, true])
  })

  it('is the same as sealing where there is one node', async () => {
    const { ask, core } = await openCore()

    expect(await ask('write', 'sys/seal', { all: true })).toMatchObject({ status: 200, data: { sealed: ['test'], unconfirmed: [] } })

    expect((await core.status()).sealed).toBe(true)
  })

  it('is not what sealing one node does', async () => {
    const { a, b } = await nodes()

    expect(await a.ask('write', 'sys/seal')).toMatchObject({ status: 204 })

    const looked = b.handle.counts.catchUps
    await expect.poll(() => b.handle.counts.catchUps).toBeGreaterThan(looked + 8)
    expect((await b.core.status()).sealed).toBe(false)
  })

  it('is refused to who may not', async () => {
    const { a, b } = await nodes()
    const { auth } = await a.ask('write', 'auth/token/create', { policies: ['default'] })

    await expect(a.ask('write', 'sys/seal', { all: true }, { token: auth!.client_token })).rejects.toMatchObject({ status: 403 })

    expect([(await a.core.status()).sealed, (await b.core.status()).sealed]).toEqual([false, false])
  })
})

describe('the nodes of a cluster', () => {
  it('are listed with their addresses, and say who is sealed', async () => {
    const { a, b } = await nodes()
    await b.core.seal()

    await expect.poll(() => a.ask('read', 'sys/ha-status')).toMatchObject({
      data: {
        nodes: [
          { hostname: 'a', api_address: 'http://a:8200', active_node: true, sealed: false, caretaker: true, version: '1.16.3', chatelaine: 'test' },
          { hostname: 'b', api_address: 'http://b:8200', active_node: false, sealed: true, caretaker: false },
        ],
      },
    })
  })

  it('each say that they lead, at their own address, while they are unsealed', async () => {
    const { a, b } = await nodes()
    await b.core.seal()

    expect((await a.anybody('read', 'sys/leader')).data).toMatchObject({
      ha_enabled: true, is_self: true, leader_address: 'http://a:8200', active_time: '2030-01-01T00:00:00.000Z',
    })
    expect((await b.anybody('read', 'sys/leader')).data).toMatchObject({ ha_enabled: true, is_self: false, leader_address: '' })
  })

  it('hear of a node as soon as storage can be asked again', async () => {
    const { a, b, log } = await nodes()
    b.handle.cut('refuses')
    await b.core.seal()
    await expect.poll(() => log.map(([message]) => message)).toContain('this node could not tell the others what it is, and goes on trying')

    b.handle.mend()

    await expect.poll(() => a.ask('read', 'sys/ha-status')).toMatchObject({ data: { nodes: [{ sealed: false }, { sealed: true }] } })
  })

  it('are one where the storage is its own', async () => {
    const { ask } = await openCore()

    expect((await ask('read', 'sys/ha-status')).data).toMatchObject({
      nodes: [{ hostname: 'test', api_address: 'http://127.0.0.1:8200', active_node: true, sealed: false, caretaker: true }],
    })
  })
})

describe('the caretaker of a cluster', () => {
  it('ends what is due on whichever node it was made, and another node goes on when it steps down', async () => {
    const { a, b, shared, clock } = await nodes({ caretakerMs: 1, restMs: 3_600_000 })
    await expect.poll(() => shared.caretaker()).toBe('id-a')
    const ends = async () => {
      await b.ask('write', 'auth/token/create', { policies: ['default'], ttl: 10 })
      clock.forward(10)
      await expect.poll(() => a.handle.list('sys/token/id/')).toHaveLength(1)
    }
    await ends()

    expect(await a.ask('write', 'sys/step-down')).toMatchObject({ status: 204 })

    await expect.poll(() => shared.caretaker()).toBe('id-b')
    await ends()
    expect([await figure(a.core, 'chatelaine_caretaker'), await figure(b.core, 'chatelaine_caretaker')]).toEqual([0, 1])
  })

  it('writes nothing without the election as a guard', async () => {
    const { a, b, clock } = await nodes({ caretakerMs: 1 })
    await b.ask('write', 'auth/token/create', { policies: ['default'], ttl: 10 })
    await b.ask('write', 'cubbyhole/x', { text: 'x' }, { token: (await b.ask('write', 'auth/token/create', { policies: ['default'], ttl: 10 })).auth!.client_token })
    const commit = vi.spyOn(a.handle, 'commit')
    clock.forward(10)

    await expect.poll(() => a.handle.list('sys/token/id/')).toHaveLength(1)

    const written = commit.mock.calls.flatMap(([writes]) => writes.map((write) => ('put' in write ? write.put : write.remove)))
    expect(written.filter((key) => key.startsWith('logical/'))).toHaveLength(1)
    for (const [writes, guards] of commit.mock.calls) {
      const ownCount = writes.every((write) => 'put' in write && write.put === reservedKeys.counts)
      if (!ownCount) expect(guards?.map(({ key }) => key)).toContain('core/lock')
    }
  })

  it('is late by what it has not done, whichever node is asked', async () => {
    const { a, b, clock } = await nodes()
    await a.ask('write', 'auth/token/create', { policies: ['default'], ttl: 10 })
    expect(await figure(a.core, 'chatelaine_caretaker_lag_seconds')).toBe(0)

    clock.forward(25)

    expect([await figure(a.core, 'chatelaine_caretaker_lag_seconds'), await figure(b.core, 'chatelaine_caretaker_lag_seconds')]).toEqual([15, 15])
  })

  it('costs one list a round while nothing is to be done', async () => {
    const { a, b } = await nodes({ caretakerMs: 1 })
    for (let i = 0; i < 20; i++) await a.ask('write', 'auth/token/create', { policies: ['default'], ttl: 100 + i })
    // Each look at the figures lists once as well, and there are as many looks as the machine is slow.
    let looks = 0
    const runs = async () => {
      looks += 1
      return (await figure(a.core, 'chatelaine_caretaker_runs_total')) ?? 0
    }
    const listed = () => a.handle.counts.lists + b.handle.counts.lists
    const [before, lists] = [await runs(), listed()]

    await expect.poll(runs).toBeGreaterThan(before + 20)

    const rounds = (await runs()) - before
    expect(listed() - lists).toBeLessThanOrEqual(rounds + looks + 1)
  })
})

describe('leases that are held', () => {
  const marker = { put: reservedKeys.leasesHeld, value: encodeRecord({ version: 1, held_since: '2030-01-01T00:00:00Z' }) }

  it('are not revoked until somebody says so, on every node', async () => {
    const { a, b, clock, log } = await nodes({ caretakerMs: 1 })
    await a.ask('write', 'auth/token/create', { policies: ['default'], ttl: 10 })
    await a.handle.commit([marker])
    clock.forward(10)
    const runs = async () => (await figure(a.core, 'chatelaine_caretaker_runs_total')) ?? 0
    const before = await runs()
    await expect.poll(runs).toBeGreaterThan(before + 3)

    expect(await a.handle.list('sys/token/id/')).toHaveLength(2)
    expect((await b.ask('read', 'sys/leases/hold')).data).toEqual({ held: true, held_since: '2030-01-01T00:00:00Z' })
    expect(await figure(b.core, 'chatelaine_leases_held')).toBe(1)
    expect(log.filter(([message]) => message.startsWith('leases are held'))).toHaveLength(1)

    expect(await b.ask('delete', 'sys/leases/hold')).toMatchObject({ status: 204 })

    await expect.poll(() => a.handle.list('sys/token/id/')).toHaveLength(1)
    expect((await a.ask('read', 'sys/leases/hold')).data).toEqual({ held: false, held_since: null })
    expect(await figure(a.core, 'chatelaine_leases_held')).toBe(0)
  })

  it('are held also where the storage is one node\'s own, and by a marker that cannot be read', async () => {
    const storage = memoryStorage()
    const { core, ask, token, clock } = await openCore({ storage, caretakerMs: 1 })
    await token(['default'], { ttl: 10 })
    await storage.commit([{ put: reservedKeys.leasesHeld, value: bytes('{') }])
    clock.forward(10)
    const runs = async () => (await figure(core, 'chatelaine_caretaker_runs_total')) ?? 0
    const before = await runs()
    await expect.poll(runs).toBeGreaterThan(before + 3)

    expect(await storage.list('sys/token/id/')).toHaveLength(2)
    await ask('delete', 'sys/leases/hold')
    await expect.poll(() => storage.list('sys/token/id/')).toHaveLength(1)
    await core.seal()
  })

  it('are released by who has sudo', async () => {
    const { a } = await nodes()
    const { auth } = await a.ask('write', 'auth/token/create', { policies: ['default'] })

    await expect(a.ask('delete', 'sys/leases/hold', {}, { token: auth!.client_token })).rejects.toMatchObject({ status: 403 })
  })
})

describe('sys/metrics', () => {
  it('gives what storage, the caretaker and the core count, in the form of Vault', async () => {
    const { a } = await nodes()

    const { data } = await a.ask('read', 'sys/metrics')

    expect(data).toMatchObject({
      Timestamp: '2030-01-01 00:00:00 +0000 UTC', Points: [], Samples: [],
      Gauges: expect.arrayContaining([{ Name: 'vault_core_unsealed', Value: 1, Labels: {} }, { Name: 'chatelaine_leases_held', Value: 0, Labels: {} }]),
      Counters: expect.arrayContaining([
        expect.objectContaining({ Name: 'storage_commits_total', Count: expect.any(Number) }),
        expect.objectContaining({ Name: 'chatelaine_caretaker_runs_total', Labels: { chore: 'expire' } }),
      ]),
    })
  })

  it('is written for Prometheus by what the server brought, and refused without', async () => {
    const { a } = await nodes({ exposition: { text: async (measures) => `# ${measures.length} figures\n` } })
    expect(await a.ask('read', 'sys/metrics', { format: 'prometheus' })).toMatchObject({
      status: 200, verbatim: expect.stringMatching(/^# \d+ figures\n$/), headers: { 'Content-Type': expect.stringMatching(/^text\/plain; version=0.0.4/) },
    })
    const { ask } = await openCore()

    await expect(ask('read', 'sys/metrics', { format: 'prometheus' })).rejects.toMatchObject({ status: 400 })
  })

  it('needs a token that may read it', async () => {
    const { a } = await nodes()
    const { auth } = await a.ask('write', 'auth/token/create', { policies: ['default'] })

    await expect(a.anybody('read', 'sys/metrics')).rejects.toMatchObject({ status: 403 })
    await expect(a.ask('read', 'sys/metrics', {}, { token: auth!.client_token })).rejects.toMatchObject({ status: 403 })
  })

  it('tells what needs no storage also when it cannot be asked, and of a node that is sealed', async () => {
    const { a } = await nodes()
    a.handle.cut('refuses')
    expect([await figure(a.core, 'vault_core_unsealed'), await figure(a.core, 'chatelaine_caretaker_lag_seconds')]).toEqual([1, undefined])
    a.handle.mend()

    await a.core.seal()

    expect(await figure(a.core, 'vault_core_unsealed')).toBe(0)
  })
})

describe('what was known last', () => {
  it('is told when no answer comes in time, or asking is hopeless; and what is newer as soon as it comes', async () => {
    let answer: () => Promise<{ n: number }> = async () => ({ n: 1 })
    let hopeless = false
    const known = lastKnown({ ask: () => answer(), patienceMs: 5, hopeless: () => hopeless })
    expect(await known()).toEqual({ n: 1 })

    answer = () => new Promise(() => {})
    expect(await known()).toEqual({ n: 1 })
    answer = async () => Promise.reject(new Error('no'))
    expect(await known()).toEqual({ n: 1 })
    answer = async () => ({ n: 2 })
    hopeless = true
    expect(await known()).toEqual({ n: 1 })
    hopeless = false
    expect(await known()).toEqual({ n: 2 })
  })

  it('is no answer while nothing was ever known', async () => {
    const known = lastKnown({ ask: () => new Promise<object>(() => {}), patienceMs: 5, hopeless: () => true })

    await expect(known()).rejects.toMatchObject({ status: 503, code: 'core.storageSilent' })
  })
})
