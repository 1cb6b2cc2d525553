import { describe, expect, it, onTestFinished } from 'vitest'
import { EtcdCluster } from '../../packages/storage/src/etcd/cluster.js'
import { keyspace } from '../../packages/storage/src/etcd/keyspace.js'
import { openProxy } from './proxy.js'
import { eventually, stageFor } from './stage.js'

const stage = stageFor({ nodes: 1 })
const facts = { name: 'a', apiAddress: '', version: '', sealed: false }

/** One node's part in the cluster, on a short lease, over a connection whose answers can be lost. */
async function leaseholder() {
  const proxy = await openProxy(stage.cluster.endpoints[0]!)
  onTestFinished(() => proxy.close())
  const [prefix, root] = [stage.prefix(), await stage.members({ as: 'root' })]
  const members = await stage.members({ endpoints: [proxy.endpoint], patienceMs: 30_000, shortMs: 30_000 })
  const cluster = new EtcdCluster({ members, space: keyspace(prefix), self: 'a', ttlSeconds: 2 })
  onTestFinished(() => cluster.close())
  await cluster.announce(facts)
  const leaseOf = async (key: string) => (await root.call('KV/Range', { key: `${prefix}/${key}` })).kvs[0]?.lease
  return { cluster, members, proxy, root, leaseOf }
}

describe('a term', { timeout: 60_000 }, () => {
  it('never hangs on a lease that ended while the lock was taken', async () => {
    const { cluster, members, proxy, leaseOf } = await leaseholder()
    proxy.loseAnswers()
    const campaign = cluster.campaign(new AbortController().signal)
    // etcd gives the lock, and goes on hearing that the lease is wanted; this process hears nothing for longer than the lease is good.
    await eventually(() => members.counts.retried > 8)
    proxy.heal()
    const term = (await campaign)!

    expect(term.ended.aborted).toBe(false)
    const [lock, own] = await eventually(async () => {
      const leases = [await leaseOf('data/core/lock'), await leaseOf('node/a')] as const
      return leases.every((lease) => lease !== undefined) && leases
    })
    expect(lock!.toString()).toBe(own!.toString())
  })

  it('is begun, and a node announced, on another lease when etcd has forgotten the one they were to have', async () => {
    const { cluster, root, leaseOf } = await leaseholder()
    const revoke = async () => root.call('Lease/LeaseRevoke', { ID: (await leaseOf('node/a'))! })
    await revoke()
    await cluster.announce({ ...facts, sealed: true })
    expect(await cluster.nodes()).toMatchObject([{ sealed: true }])
    await revoke()

    expect((await cluster.campaign(new AbortController().signal))?.ended.aborted).toBe(false)
  })
})
