import { chmodSync } from 'node:fs'
import { relative } from 'node:path'
import { ClusterError } from '../errors.js'
import { makePrivateFolder, readIfThere, writeWhole } from '../files.js'
import type { Done } from '../report.js'
import { givenAuthority, makeAuthority, readAuthority, type Authority } from './authority.js'
import { authorityFiles, peerAuthorityFiles, peerFiles, serverFiles, userFiles, users, type NodeName } from './folder.js'
import { faultOf, issue, type Wanted } from './issue.js'

export interface EnsureOptions {
  readonly folder: string
  readonly nodes: readonly NodeName[]
  /** The operator's own CA, instead of one made here. Its key is used and not kept. */
  readonly ca?: { readonly certFile: string; readonly keyFile?: string | undefined } | undefined
  readonly dryRun?: boolean
  readonly now?: number
}

interface Item extends Wanted {
  readonly files: { readonly certFile: string; readonly keyFile: string }
  readonly what: string
}

/** Makes what is missing in the folder and keeps what is good. */
export async function ensureCertificates(options: EnsureOptions): Promise<readonly Done[]> {
  const { folder, nodes, dryRun = false, now = Date.now() } = options
  if (!dryRun) makePrivateFolder(folder)
  const done: Done[] = []
  const ca = await clientAuthority(options, done)
  const peerCa = nodes.length > 0 ? await ownAuthority({ ...options, now }, peerItem(folder), done) : undefined
  for (const item of userItems(folder)) done.push(await ensured(item, ca, { folder, dryRun, now }))
  for (const node of nodes) {
    const [server, peer] = nodeItems(folder, node)
    done.push(await ensured(server, ca, { folder, dryRun, now }), await ensured(peer, peerCa, { folder, dryRun, now }))
  }
  return done
}

const peerItem = (folder: string) => ({ name: 'chatelaine etcd peers CA', what: 'CA of the members among themselves', ...peerAuthorityFiles(folder) })
const clientItem = (folder: string) => ({ name: 'chatelaine etcd CA', what: 'CA of clients and servers', ...authorityFiles(folder) })

const userItems = (folder: string): Item[] =>
  users.map((name) => ({ name, hosts: [], server: false, client: true, files: userFiles(folder, name), what: `certificate of user ${name}` }))

/** A server's proves nothing about who asks. A member asks and answers other members with the same certificate. */
const nodeItems = (folder: string, { name, hosts }: NodeName): readonly [Item, Item] => [
  { name, hosts: own(hosts), server: true, client: false, files: serverFiles(folder, name), what: `server certificate of ${name}` },
  { name, hosts: own(hosts), server: true, client: true, files: peerFiles(folder, name), what: `peer certificate of ${name}` },
]

const own = (hosts: readonly string[]) => [...new Set([...hosts, 'localhost', '127.0.0.1'])]

async function clientAuthority({ folder, ca: given, dryRun = false, now = Date.now() }: EnsureOptions, done: Done[]): Promise<Authority | undefined> {
  const item = clientItem(folder)
  if (!given) return ownAuthority({ folder, dryRun, now }, item, done)
  const authority = givenAuthority(given.certFile, given.keyFile, now)
  const before = readIfThere(item.certFile)
  if (before !== undefined && before !== authority.pem) throw ClusterError.otherCa({ folder, file: given.certFile })
  if (before === undefined && !dryRun) writeWhole(item.certFile, authority.pem)
  done.push({ what: item.what, state: before === undefined ? 'made' : 'kept', note: `yours, ${given.certFile}` })
  return authority
}

interface Place {
  readonly folder: string
  readonly dryRun?: boolean
  readonly now: number
}

async function ownAuthority(place: Place, item: { name: string; what: string; certFile: string; keyFile: string }, done: Done[]): Promise<Authority | undefined> {
  const found = readAuthority(item.certFile, item.keyFile, place.now)
  done.push({ what: item.what, state: found ? 'kept' : 'made', note: relative(place.folder, item.certFile) })
  if (found || place.dryRun) return found
  return makeAuthority(item.name, item.certFile, item.keyFile)
}

async function ensured(item: Item, ca: Authority | undefined, { folder, dryRun, now }: Place): Promise<Done> {
  const where = relative(folder, item.files.certFile)
  const fault = ca ? faultOf(item.files, item, ca, now) : 'new'
  if (fault === undefined) {
    if (!dryRun) chmodSync(item.files.keyFile, 0o600)
    return { what: item.what, state: 'kept', note: where }
  }
  if (ca && !ca.key) throw ClusterError.noCaKey({ what: `the ${item.what}`, folder })
  if (ca && !dryRun) await issue(item.files, item, ca, now)
  return { what: item.what, state: 'made', note: fault === 'new' ? where : `${where}: ${fault}` }
}
