import { randomBytes } from 'node:crypto'
import { Member, numberOf } from '@chatelaine/etcd'
import { tlsOf, type LocalCluster } from '@chatelaine/etcd-cluster'
import { mustAsk } from '../ask.js'
import { until } from './processes.js'
import type { ServerNode } from './servers.js'

/** Writes one secret over and over until etcd takes no more: what it was before is what can be thrown away later. */
export async function fillUp({ url }: ServerNode, token: string): Promise<void> {
  await until('etcd is out of space', async () => {
    const value = randomBytes(150_000).toString('base64')
    return (await mustAsk(url, { path: 'kv/data/filler', token, input: { data: { value } } })).status === 507
  }, 120_000)
}

/** Forgets what is past, and gives back the space. */
export const compactAndDefragment = (etcd: LocalCluster): Promise<void> => withMembers(etcd, compact)

async function compact(members: readonly Member[]): Promise<void> {
  const [first] = members as [Member]
  const { header } = await first.call('KV/Range', { key: 'any', count_only: true }, 20_000)
  await first.call('KV/Compact', { revision: numberOf(header.revision), physical: true }, 60_000)
  for (const member of members) await member.call('Maintenance/Defragment', {}, 60_000)
}

/** What an operator does about it: compact, defragment, disarm. */
export const makeRoom = (etcd: LocalCluster): Promise<void> =>
  withMembers(etcd, async (members) => {
    await compact(members)
    const [first] = members as [Member]
    const { alarms } = await first.call('Maintenance/Alarm', { action: 0 }, 5000)
    for (const { memberID, alarm } of alarms) await first.call('Maintenance/Alarm', { action: 2, memberID, alarm }, 5000)
  })

async function withMembers(etcd: LocalCluster, work: (members: readonly Member[]) => Promise<void>): Promise<void> {
  const members = etcd.endpoints.map((endpoint) => new Member({ endpoint, tls: tlsOf(etcd.certificates('root')) }))
  try {
    await work(members)
  } finally {
    members.forEach((member) => member.close())
  }
}
