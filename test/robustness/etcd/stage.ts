import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Member, numberOf } from '@chatelaine/etcd'
import { findEtcd, startCluster, tlsOf, type LocalCluster, type LocalNode, type StartOptions } from '@chatelaine/etcd-cluster'
import { mustAsk } from '../ask.js'
import { until } from './processes.js'
import { openPrograms, type Programs } from './programs.js'
import { ServerNode } from './servers.js'
import { Tape } from './tape.js'
import { oncePolicy } from './trials/tokens.js'

export type StageOptions = Pick<StartOptions, 'wrap' | 'addresses' | 'quotaBytes' | 'extraArgs'> & {
  readonly servers?: number
  /** Called with the folder before anything is put there; gives what undoes it before the folder goes. */
  readonly prepare?: (folder: string) => () => void
  /** What each server, and the storages of the trials after them, are told instead of the members' endpoints. */
  readonly through?: (endpoints: readonly string[]) => Promise<readonly string[]>
  /** The line of etcd to begin with. */
  readonly version?: '3.4' | '3.5'
}

/** Three members of etcd, some servers on them, each a process of its own; one vault, founded and furnished. */
export interface Stage {
  readonly etcd: LocalCluster
  readonly servers: readonly ServerNode[]
  /** One more, with `max_staleness`: it is only read from. */
  readonly lagging: ServerNode
  readonly root: string
  readonly tape: Tape
  readonly programs: Programs
  /** The folder of everything, which goes when the stage is closed. */
  readonly folder: string
  /** Where a storage of a trial's own reaches the members. */
  readonly endpoints: readonly string[]
  leader(): Promise<LocalNode>
  followers(): Promise<readonly LocalNode[]>
  /** Makes that member lead. */
  seat(node: LocalNode): Promise<void>
  /** Makes another member lead. */
  unseat(node: LocalNode): Promise<void>
  /** The server that does what only one may do. */
  caretaker(): Promise<ServerNode>
  /** Failures of ours that nobody should see, as servers have logged them since this was last asked. */
  takeBugs(): string[]
  close(): Promise<void>
}

/** Shorter than the default, so that a caretaker that sleeps is soon replaced. */
const lockTimeout = 3000
const maxStaleness = 1000

export async function openStage({ servers: count = 2, prepare, through = async (endpoints) => endpoints, version = '3.5', wrap, ...options }: StageOptions = {}): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'stage-'))
  const opened: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  const close = async () => {
    for (let next = opened.pop(); next; next = opened.pop()) await next()
  }
  try {
    if (prepare) opened.push(prepare(folder))
    const { binary } = await findEtcd({ version })
    const programs = openPrograms(join(folder, 'programs'), binary)
    const wrapped: StageOptions['wrap'] = (i, argv) => (wrap ? wrap(i, programs.wrap(i, argv)) : programs.wrap(i, argv))
    const etcd = await startCluster({ folder: join(folder, 'etcd'), binary, wrap: wrapped, ...options })
    opened.push(() => etcd.stop())
    const tape = new Tape({ endpoints: etcd.endpoints, tls: tlsOf(etcd.certificates('root')), prefix: etcd.prefix })
    opened.push(() => tape.close())
    await tape.open()
    const all: ServerNode[] = []
    for (let i = 0; i <= count; i++) all.push(serverOn(etcd, { folder, endpoints: await through(etcd.endpoints), ...(i === count && { maxStaleness }) }, i))
    opened.push(() => Promise.all(all.map((server) => server.kill())))
    const [first, ...others] = all as [ServerNode, ...ServerNode[]]
    await first.start()
    const root = await found(first)
    await Promise.all(others.map((server) => server.start()))
    await Promise.all(all.map((server) => until(`${server.name} is unsealed`, () => unsealed(server))))
    const [servers, lagging] = [all.slice(0, count), all[count] as ServerNode]
    const endpoints = await through(etcd.endpoints)
    return { etcd, servers, lagging, root, tape, programs, folder, endpoints, ...roles(etcd, all), takeBugs: bugsOf(all), close }
  } catch (error) {
    await close()
    throw error
  }
}

interface Settings {
  readonly folder: string
  readonly endpoints: readonly string[]
  readonly maxStaleness?: number
}

const serverOn = (etcd: LocalCluster, { folder, ...settings }: Settings, i: number) =>
  new ServerNode({
    name: `vault-${i + 1}`,
    etcd: { ...settings, path: etcd.prefix, ...etcd.certificates('chatelaine'), lockTimeout },
    keyFile: join(folder, 'unseal.key'),
    logFile: join(folder, `vault-${i + 1}.log`),
  })

async function found({ url }: ServerNode): Promise<string> {
  const { body } = await mustAsk(url, { path: 'sys/init', input: { recovery_shares: 1, recovery_threshold: 1 } })
  const token = body.root_token as string
  await mustAsk(url, { path: 'sys/mounts/kv', token, input: { type: 'kv', options: { version: '2' } } })
  await mustAsk(url, { path: 'sys/mounts/kv1', token, input: { type: 'kv', options: { version: '1' } } })
  await mustAsk(url, { path: `sys/policies/acl/${oncePolicy.name}`, token, input: { policy: oncePolicy.policy } })
  return token
}

const unsealed = async ({ url }: ServerNode) => (await mustAsk(url, { path: 'sys/health' })).status === 200

function roles(etcd: LocalCluster, servers: readonly ServerNode[]): Pick<Stage, 'leader' | 'followers' | 'seat' | 'unseat' | 'caretaker'> {
  const leader = () => leaderOf(etcd)
  const followers = async () => {
    const leading = await leader()
    return etcd.nodes.filter((node) => node !== leading)
  }
  const seat = async (node: LocalNode) => {
    const before = await leader()
    if (before === node) return
    const { header } = await ask(etcd, node, (member) => member.call('Maintenance/Status', {}, 1000))
    await ask(etcd, before, (member) => member.call('Maintenance/MoveLeader', { targetID: header.member_id }, 5000))
    await until(`${node.name} leads`, async () => (await leader()) === node)
  }
  return {
    leader,
    followers,
    seat,
    async unseat(node) {
      if ((await leader()) === node) await seat((await followers())[0] as LocalNode)
    },
    async caretaker() {
      let found: ServerNode | undefined
      await until('there is a caretaker', async () => (found = await caretakerOf(etcd, servers)) !== undefined)
      return found as ServerNode
    },
  }
}

async function ask<T>(etcd: LocalCluster, { endpoint }: LocalNode, question: (member: Member) => Promise<T>): Promise<T> {
  const member = new Member({ endpoint, tls: tlsOf(etcd.certificates('root')) })
  try {
    return await question(member)
  } finally {
    member.close()
  }
}

/** Of several that say they lead, the one of the newest term: the others have not heard of it yet. */
async function leaderOf(etcd: LocalCluster): Promise<LocalNode> {
  let found: LocalNode | undefined
  const termIfLeading = (node: LocalNode) =>
    ask(etcd, node, (member) => member.call('Maintenance/Status', {}, 1000)).then(
      ({ leader, header, raftTerm }) => (leader.toString() === header.member_id.toString() ? numberOf(raftTerm) : 0),
      () => 0,
    )
  await until('etcd has a leader', async () => {
    const terms = await Promise.all(etcd.nodes.map(termIfLeading))
    const newest = Math.max(...terms)
    found = newest > 0 ? etcd.nodes[terms.indexOf(newest)] : undefined
    return found !== undefined
  })
  return found as LocalNode
}

async function caretakerOf(etcd: LocalCluster, servers: readonly ServerNode[]): Promise<ServerNode | undefined> {
  const read = async (key: string) => {
    const { kvs } = await ask(etcd, await leaderOf(etcd), (member) => member.call('KV/Range', { key: `${etcd.prefix}/${key}` }, 2000))
    return kvs[0] && Buffer.from(kvs[0].value).toString()
  }
  const id = await read('data/core/lock')
  const facts = id === undefined ? undefined : await read(`node/${id}`)
  const name = facts === undefined ? undefined : (JSON.parse(facts) as { name: string }).name
  return servers.find((server) => server.name === name)
}

function bugsOf(servers: readonly ServerNode[]): () => string[] {
  const told = new Set<string>()
  const linesOf = ({ logFile, name }: ServerNode) =>
    readFileSync(logFile, { encoding: 'utf8', flag: 'a+' }).split('\n').filter((line) => line.includes('failed on a bug')).map((line) => `${name}: ${line}`)
  return () => {
    const fresh = servers.flatMap(linesOf).filter((line) => !told.has(line))
    fresh.forEach((line) => told.add(line))
    return fresh
  }
}
