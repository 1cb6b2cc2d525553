import { join, resolve } from 'node:path'
import { ensureCertificates } from '../certificates/ensure.js'
import { peerFiles, serverFiles, userFiles, type Files, type User } from '../certificates/folder.js'
import { bootstrap } from '../bootstrap/bootstrap.js'
import { tlsOf } from '../connection.js'
import { makePrivateFolder } from '../files.js'
import { argumentsOf, clientUrl, type Shape } from './arguments.js'
import { Node, type LocalNode } from './node.js'
import { ownAddresses } from './addresses.js'
import { checkFree } from './ports.js'
import { readRecord, writeRecord } from './record.js'

export interface LocalCluster {
  /** https://ADDRESS:PORT, in node order. */
  readonly endpoints: readonly string[]
  readonly nodes: readonly LocalNode[]
  certificates(user: User): Files
  /** What user `chatelaine` may touch. */
  readonly prefix: string
  /** Kills every node and waits until they are gone. */
  stop(): Promise<void>
}

/** The same, as who started it for somebody to use sees it. */
export interface OwnCluster extends LocalCluster {
  readonly nodes: readonly Node[]
  /** Lets every node end by itself; etcd takes up to eight seconds to. */
  close(): Promise<void>
}

export interface StartOptions {
  /** Data, certificates and logs. Started there again, the cluster is what it was. */
  readonly folder: string
  readonly binary: string
  readonly nodes?: number
  /** The port of each node for clients, 2379 when left out; its peers use the next port. */
  readonly ports?: readonly number[]
  readonly noFsync?: boolean
  readonly quotaBytes?: number
  /** Users and roles, and auth on: the default. */
  readonly auth?: boolean
  readonly extraArgs?: readonly string[]
  /** What to run instead of `argv`, as in `ip netns exec …`. It must become the program, not start it beside itself. */
  readonly wrap?: (node: number, argv: readonly string[]) => readonly string[]
  /** One for each node. When both these and `ports` are left out, addresses of the loopback network are chosen that nobody else uses. */
  readonly addresses?: readonly string[]
  /** Nodes go on when we end, however we do. */
  readonly detached?: boolean
  /** Told of each process, also when a node is started again. */
  readonly onStart?: (node: string, pid: number) => void
}

const prefix = '/chatelaine'
const gentleMs = 10_000
const patienceMs = 60_000

/** Resolves when every node is healthy and auth is on. When that fails, nothing is left running. */
export async function startCluster(options: StartOptions): Promise<LocalCluster> {
  return openCluster(options)
}

export async function openCluster(options: StartOptions): Promise<OwnCluster> {
  const folder = resolve(options.folder)
  makePrivateFolder(folder)
  const shapes = shapesOf(folder, options)
  await ensureCertificates({ folder: certificatesIn(folder), nodes: shapes.map(({ name, address }) => ({ name, hosts: [address] })) })
  const endpoints = shapes.map(clientUrl)
  const certificates = (user: User) => userFiles(certificatesIn(folder), user)
  const nodes: Node[] = []
  const quorate = () => nodes.filter(({ able }) => able).length > nodes.length / 2
  nodes.push(...shapes.map((_, i) => nodeOf(i, shapes, { ...options, folder, quorate })))
  const all = (what: (node: Node) => Promise<void>) => Promise.all(nodes.map(what)).then(() => undefined)
  const cluster: OwnCluster = { endpoints, nodes, certificates, prefix, stop: () => all((node) => node.kill()), close: () => all((node) => node.end(gentleMs)) }
  try {
    await all((node) => node.launch())
    await all((node) => node.healthy())
    if (options.auth ?? true) await bootstrap({ endpoints, tls: tlsOf(certificates('root')), probe: tlsOf(certificates('operator')), prefix })
  } catch (error) {
    await cluster.stop()
    throw error
  }
  return cluster
}

export const certificatesIn = (folder: string): string => join(folder, 'certs')

/** What was chosen when the data was made stays: etcd keeps its peers' addresses in the data. */
function shapesOf(folder: string, options: StartOptions): readonly Shape[] {
  const before = readRecord(folder)
  if (before) return before.nodes
  const { ports, nodes: count = options.addresses?.length ?? 3 } = options
  const addresses = options.addresses ?? (ports ? Array.from({ length: count }, () => '127.0.0.1') : ownAddresses(count))
  const shapes = addresses.slice(0, count).map((address, i) => ({ name: `etcd-${i + 1}`, address, port: ports?.[i] ?? 2379 }))
  writeRecord(folder, { nodes: shapes, prefix })
  return shapes
}

interface At extends StartOptions {
  readonly quorate: () => boolean
}

function nodeOf(i: number, all: readonly Shape[], { folder, binary, quorate, wrap, detached, quotaBytes, noFsync, extraArgs, onStart }: At): Node {
  const node = all[i] as Shape
  const [certs, name] = [certificatesIn(folder), node.name]
  const own = { server: serverFiles(certs, name), peer: peerFiles(certs, name), dataFolder: join(folder, name) }
  const argv = [binary, ...argumentsOf({ node, all, ...own, quotaBytes, noFsync, extra: extraArgs })]
  return new Node({
    name,
    endpoint: clientUrl(node),
    argv: wrap ? wrap(i, argv) : argv,
    logFile: join(folder, `${name}.log`),
    tied: !detached,
    tls: tlsOf(userFiles(certs, 'root')),
    quorate,
    patienceMs,
    onStart: (pid) => onStart?.(name, pid),
  })
}

/** Before anything is made: says which of the ports are taken. */
export async function checkPorts(addresses: readonly string[], ports: readonly number[]): Promise<void> {
  for (const [i, address] of addresses.entries()) await checkFree(address, ports[i] ?? 2379)
}
