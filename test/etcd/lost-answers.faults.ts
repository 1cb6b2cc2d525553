import type { Storage } from '@chatelaine/sdk'
import { strict } from '@chatelaine/sdk'
import type { EtcdStorage } from '@chatelaine/storage'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openProxy, type Proxy } from './proxy.js'
import { eventually, measured, put, stageFor, text } from './stage.js'

const stage = stageFor()

/** A store whose members are all reached through proxies. */
async function behindProxies() {
  const proxies = await Promise.all(stage.cluster.endpoints.map(openProxy))
  onTestFinished(async () => void (await Promise.all(proxies.map((proxy) => proxy.close()))))
  const prefix = stage.prefix()
  const storage = await stage.store({ prefix, endpoints: proxies.map(({ endpoint }) => endpoint) })
  return { storage, proxies, prefix, direct: await stage.store({ prefix }) }
}

/** The proxy that carries the watch of `storage`, which is not the leader's. */
async function watchingBesideTheLeader(storage: EtcdStorage, proxies: readonly Proxy[]): Promise<Proxy> {
  const { endpoint } = await stage.leader()
  const leading = proxies[stage.cluster.endpoints.indexOf(endpoint)]
  return eventually(() => {
    const watching = proxies.find((proxy) => proxy.endpoint === storage.watching)
    if (watching && watching !== leading) return watching
    storage.renewTls(stage.tls())
    return undefined
  })
}

const increment = async (storage: Storage): Promise<boolean> => {
  for (;;) {
    const before = await storage.get('n')
    const next = Number(text(before) ?? 0) + 1
    if (await storage.commit([put('n', `${next}`)], [{ key: 'n', revision: before?.revision ?? 0n }])) return true
  }
}

describe('a commit whose answer is lost', () => {
  it('is found to have been applied, and is not applied again', { timeout: 60_000 }, async () => {
    const { storage, proxies, direct } = await behindProxies()
    await storage.commit([put('n', '0')])
    let done = 0
    for (let round = 0; round < 6; round++) {
      const proxy = proxies[round % 3]!
      const working = Promise.all(Array.from({ length: 5 }, () => increment(storage)))
      proxy.loseAnswers()
      done += (await working).length
      proxy.heal()
    }

    expect(text(await strict(direct).get('n'))).toBe(`${done}`)
  })

  it('does not bring back, once it is settled, what another node has replaced meanwhile', { timeout: 60_000 }, async () => {
    const { storage, proxies, direct } = await behindProxies()
    const watching = await watchingBesideTheLeader(storage, proxies)
    await storage.commit([put('lane', 'is open')])
    await strict(storage).get('lane')
    // The watch goes on, and the leader's answer is lost: the watch is ahead when the transaction is settled at another member.
    const round = async (key: string) => {
      for (const proxy of proxies) if (proxy !== watching) proxy.loseAnswers()
      let settled = false
      const mine = storage.commit([put(key, 'mine')]).finally(() => (settled = true))
      await eventually(async () => text(await strict(direct).get(key)) === 'mine')
      await direct.commit([put(key, 'theirs')])
      const inTime = !settled
      expect(await mine).toBe(true)
      proxies.forEach((proxy) => proxy.heal())
      return inTime
    }
    let key = 'both'
    await eventually(async () => (await round(key)) || void (key += '+'))

    expect(text(await strict(storage).get(key))).toBe('theirs')
  })

  it('is settled by what it put, what it removed, and what it only judged', { timeout: 60_000 }, async () => {
    const { storage, proxies, direct } = await behindProxies()
    await storage.commit([put('there'), put('gone')])
    const there = (await storage.get('there'))!
    // All members lose their answers for a moment, so the transaction is applied, sent again, and then found in the lane.
    proxies.forEach((proxy) => proxy.loseAnswers())
    const asked = Promise.all([
      storage.commit([put('put', '1')]),
      storage.commit([{ remove: 'gone' }]),
      storage.commit([], [{ key: 'there', revision: there.revision }]),
      storage.commit([put('never')], [{ key: 'there', revision: there.revision + 1n }]),
      storage.commit([{ remove: 'there' }], [{ key: 'other', revision: 7n }]),
    ])
    await eventually(async () => {
      await direct.catchUp()
      return (await direct.get('put')) !== undefined
    })
    proxies.forEach((proxy) => proxy.heal())

    expect(await asked).toEqual([true, true, true, false, false])
    expect(measured(storage, 'chatelaine_etcd_answers_settled_total')).toBeGreaterThan(0)
    await direct.catchUp()
    expect([text(await direct.get('put')), await direct.get('gone'), await direct.get('never'), text(await direct.get('there'))]).toEqual(['1', undefined, undefined, ''])
  })

  it('cannot be applied by a copy that arrives after the key it needed absent was removed again', async () => {
    const prefix = stage.prefix()
    const storage = await stage.store({ prefix })
    const members = await stage.members()
    expect(await storage.commit([put('claim', 'first')], [{ key: 'claim', revision: 0n }])).toBe(true)
    const lanes = await members.call('KV/Range', { key: `${prefix}/lane/`, range_end: `${prefix}/lane0` })
    await storage.commit([{ remove: 'claim' }])
    // What a network may still deliver: the same transaction, guarded by the lane as it stood before.
    const late = await members.call('KV/Txn', {
      compare: [{ target: 2, key: lanes.kvs[0]!.key, mod_revision: lanes.kvs[0]!.mod_revision.toNumber() - 1 }],
      success: [{ request_put: { key: `${prefix}/data/claim`, value: new Uint8Array([0]) } }],
    })

    expect(late.succeeded).toBe(false)
    await storage.catchUp()
    expect(await storage.get('claim')).toBeUndefined()
  })

  it('is reported as unsettled when nobody answers, and applied at most once whatever comes later', { timeout: 60_000 }, async () => {
    const { storage, proxies, direct } = await behindProxies()
    await storage.commit([put('n', '0')])
    proxies.forEach((proxy) => proxy.loseAnswers())
    await expect(storage.commit([put('n', 'lost')])).rejects.toMatchObject({ code: 'storage.unsettled', status: 503 })
    proxies.forEach((proxy) => proxy.heal())
    expect(await eventually(() => storage.commit([put('later', '1')]).catch(() => false))).toBe(true)
    await direct.commit([put('n', 'newer')])

    expect(await eventually(() => storage.commit([put('later', '2')]))).toBe(true)
    await direct.catchUp()
    expect(text(await direct.get('n'))).toBe('newer')
  })
})
