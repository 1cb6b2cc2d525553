import { join, resolve } from 'node:path'
import { knownHoles } from '@chatelaine/etcd'
import { findEtcd } from '../binary/find.js'
import { ClusterError } from '../errors.js'
import { writeWhole } from '../files.js'
import { lastComplaint } from '../process/child.js'
import { checkPorts, openCluster, type OwnCluster } from '../process/cluster.js'
import { readRecord } from '../process/record.js'
import { forgetPid, runningPid, writePid } from './pids.js'
import { storageStanza } from './stanza.js'

export interface UpOptions {
  readonly folder: string
  readonly etcd?: string | undefined
  /** Of the first node; the next ones are ten further each. */
  readonly port?: number | undefined
  /** Where every node listens; 127.0.0.1 when left out. */
  readonly address?: string | undefined
  readonly nodes?: number | undefined
  readonly noFsync?: boolean | undefined
  readonly detached?: boolean | undefined
  readonly env: NodeJS.ProcessEnv
  readonly say: (line: string) => void
}

export interface Up {
  readonly cluster: OwnCluster
  readonly version: string
  readonly warning: string | undefined
  readonly stanza: string
  readonly stanzaFile: string
  /** Lets the nodes end, however long they take, and forgets them. */
  close(): Promise<void>
}

const firstPort = 2379

/** A cluster in a folder, for somebody to use: new, or the one that is there. */
export async function up(options: UpOptions): Promise<Up> {
  const { etcd, env, say, noFsync = false, detached = false } = options
  const folder = resolve(options.folder)
  const { ports, count } = shapeFor(folder, options)
  refuseRunning(folder)
  const { binary, version, from } = await findEtcd({ given: etcd, env, say })
  const addresses = readRecord(folder)?.nodes.map((node) => node.address) ?? ports.map(() => options.address ?? '127.0.0.1')
  await checkPorts(addresses, ports)
  say(`Starting ${count} nodes of etcd ${version} (${binary}${from === 'given' ? '' : `, ${sources[from]}`}) in ${folder} …`)
  const cluster = await openCluster({ folder, binary, nodes: count, addresses, ports, noFsync, detached, onStart: (name, pid) => writePid(folder, name, pid) })
  const stanza = storageStanza({ endpoints: cluster.endpoints, prefix: cluster.prefix, files: cluster.certificates('chatelaine') })
  const stanzaFile = join(folder, 'storage.hcl')
  writeWhole(stanzaFile, stanza)
  const close = async () => {
    await cluster.close()
    for (const { name } of cluster.nodes) forgetPid(folder, name)
  }
  return { cluster, version, warning: knownHoles(version), stanza, stanzaFile, close }
}

/** The nodes of the cluster that `up` would start, when all of them run already. */
export function alreadyUp(options: Pick<UpOptions, 'folder' | 'port' | 'nodes'>): readonly string[] | undefined {
  const folder = resolve(options.folder)
  shapeFor(folder, options)
  const nodes = readRecord(folder)?.nodes.map(({ name }) => name)
  return nodes?.every((name) => runningPid(folder, name) !== undefined) ? nodes : undefined
}

const sources = { PATH: 'found on the PATH', kept: 'fetched before', fetched: 'just fetched' }

/** What was asked for; of a cluster that is there, what it has. */
function shapeFor(folder: string, { port, nodes }: Pick<UpOptions, 'port' | 'nodes'>): { readonly ports: readonly number[]; readonly count: number } {
  const before = readRecord(folder)
  const count = nodes ?? before?.nodes.length ?? 3
  const first = port ?? before?.nodes[0]?.port ?? firstPort
  if (!Number.isInteger(count) || count < 1 || count > 7) throw ClusterError.usage({ problem: '-nodes takes a number from 1 to 7' })
  const ports = Array.from({ length: count }, (_, i) => first + 10 * i)
  if (first < 1 || (ports.at(-1) ?? 0) > 65_534) throw ClusterError.usage({ problem: '-port takes a number that leaves room for every node' })
  if (!before) return { ports, count }
  const held = before.nodes.map((node) => node.port)
  const same = held.length === count && (port === undefined || held[0] === port)
  if (!same) throw ClusterError.otherShape({ folder, held: wordsFor(held), asked: wordsFor(ports) })
  return { ports: held, count }
}

const wordsFor = (ports: readonly number[]) => `${ports.length} nodes at ${ports.join(', ')}`

function refuseRunning(folder: string): void {
  for (const { name } of readRecord(folder)?.nodes ?? []) {
    const pid = runningPid(folder, name)
    if (pid !== undefined) throw ClusterError.running({ folder, pid })
  }
}

/** Calls back when a node ends that nobody told to. */
export function onUnexpectedEnd({ cluster }: Up, tell: (line: string) => void): () => void {
  let expected = false
  for (const node of cluster.nodes) {
    void node.ended.then((how) => expected || tell(`${node.name} ended (${how}): ${lastComplaint(node.logFile)}; its log is ${node.logFile}`))
  }
  return () => (expected = true)
}
