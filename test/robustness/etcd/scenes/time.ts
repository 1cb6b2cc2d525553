import { Members } from '@chatelaine/etcd'
import { tlsOf } from '@chatelaine/etcd-cluster'
import { DeadLanes } from '../../../../packages/storage/src/etcd/upkeep.js'
import { keyspace } from '../../../../packages/storage/src/etcd/keyspace.js'
import { sparingAll, type Fault } from '../faults.js'
import { until } from '../processes.js'
import type { ServerNode } from '../servers.js'
import { openStage, type Stage } from '../stage.js'
import { scene } from './scene.js'

const quarterOfAnHour = 900_000

/** One is early, the other late. Nothing that is promised of secrets, and none of who is caretaker, may rest on the time of day. */
const clocksDiffer: Fault = {
  name: 'the clocks of two servers set half an hour apart',
  limits: {},
  clocksDiffer: true,
  async strike(stage) {
    const [early, late] = stage.servers as [ServerNode, ServerNode]
    await early.setClock(quarterOfAnHour)
    await late.setClock(-quarterOfAnHour)
    return sparingAll(stage, () => Promise.all(stage.servers.map((server) => server.setClock(0))))
  },
}

/**
 * A server sleeps until everybody takes it for dead: its lease has ended, and the caretaker has removed its lanes, for which he waits ten
 * minutes. The removal is done here by the storage's own code, whose clock is advanced.
 */
const suspended: Fault = {
  name: 'a server suspended until its lease has ended and its lanes are removed',
  limits: {},
  async strike(stage) {
    const [victim, ...spared] = stage.servers as [ServerNode, ...ServerNode[]]
    const id = await idOf(stage, victim)
    victim.freeze()
    const done = async () => {
      await until('the lease of the suspended server has ended', async () => !(await nodesOf(stage)).has(id), 120_000)
      await until('the lanes of the suspended server are removed', async () => (await removeLanes(stage, id)) === 0)
    }
    return { spared, done, end: async () => victim.thaw() }
  },
}

async function using<T>({ etcd }: Stage, ask: (members: Members) => Promise<T>): Promise<T> {
  const members = new Members({ endpoints: etcd.endpoints, tls: tlsOf(etcd.certificates('root')) })
  try {
    await members.open()
    return await ask(members)
  } finally {
    members.close()
  }
}

/** The nodes that are alive, and the name of each, by id. */
async function nodesOf(stage: Stage): Promise<ReadonlyMap<string, string>> {
  const { nodes } = keyspace(stage.etcd.prefix)
  const { kvs } = await using(stage, (members) => members.call('KV/Range', { key: nodes.from, range_end: nodes.to }))
  return new Map(kvs.map(({ key, value }) => [key.slice(nodes.from.length), (JSON.parse(Buffer.from(value).toString()) as { name: string }).name]))
}

async function idOf(stage: Stage, { name }: ServerNode): Promise<string> {
  const found = [...(await nodesOf(stage))].find(([, other]) => other === name)
  if (!found) throw new Error(`${name} is no node of the cluster`)
  return found[0]
}

/** Has the lanes removed that have not moved; gives how many of that node are left. */
async function removeLanes(stage: Stage, id: string): Promise<number> {
  const space = keyspace(stage.etcd.prefix)
  return using(stage, async (members) => {
    const alive = [...(await nodesOf(stage)).keys()].map((one) => ({ id: one, name: '', apiAddress: '', version: '', sealed: false, caretaker: false }))
    let now = 0
    const dead = new DeadLanes({ members, space, cluster: { self: '', nodes: async () => alive } }, () => now)
    await dead.remove()
    now += quarterOfAnHour
    await dead.remove()
    const { kvs } = await members.call('KV/Range', { key: `${space.lanes.from}${id}/`, range_end: `${space.lanes.from}${id}0`, keys_only: true })
    return kvs.length
  })
}

export const time = scene({ name: 'clocks that are wrong, and sleep', open: openStage, faults: [clocksDiffer, suspended] })
