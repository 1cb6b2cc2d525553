import { resolve } from 'node:path'
import { CliError, command, many, text, yes, type Command, type Io } from '@chatelaine/cli'
import type { Done, EnsureOptions, NodeName } from '@chatelaine/etcd-cluster'

export const etcdBootstrapCommand: Command = command({
  name: 'etcd bootstrap',
  summary: 'Give an etcd cluster certificates, users that may only what they need, and auth. Does what is missing and keeps the rest.',
  flags: {
    endpoints: many('Where the members are.', 'https://host:port'),
    dir: text('Where certificates are, or are made; ./certs.', 'path'),
    'ca-cert': text('PEM file of your own CA, instead of one made here. Let it sign for etcd alone.', 'path'),
    'ca-key': text('PEM file of its key; used, and not kept.', 'path'),
    node: many('A node to make certificates for: HOST, or NAME=HOST/HOST. May be given several times.', 'host'),
    prefix: text('What the Vault may read and write, and nothing else; /chatelaine.', 'path'),
    'enable-auth': yes('Turn auth on in the end; true.'),
    'certs-only': yes('Make certificates, and ask no etcd: before it runs.'),
    'dry-run': yes('Say what would be done, and do nothing.'),
  },
  examples: [
    ['Before etcd runs, its certificates:', 'etcd bootstrap -certs-only -node=etcd-1=10.0.0.1 -node=etcd-2=10.0.0.2 -node=etcd-3=10.0.0.3'],
    ['When it runs with them, users, roles and auth:', 'etcd bootstrap -endpoints=https://10.0.0.1:2379,https://10.0.0.2:2379,https://10.0.0.3:2379'],
  ],
  doing: 'bootstrapping etcd',
  async run({ flags, io, print }) {
    const etcd = await import('@chatelaine/etcd-cluster')
    const at = (path: string) => resolve(io.cwd, path)
    const [folder, prefix, dryRun] = [at(flags.dir ?? './certs'), etcd.checkedPrefix(flags.prefix ?? '/chatelaine'), flags['dry-run'] ?? false]
    const [caCert, caKey, endpoints] = [flags['ca-cert'], flags['ca-key'], flags.endpoints]
    if (!flags['certs-only'] && endpoints.length === 0) throw CliError.usage({ problem: 'where is etcd? Give -endpoints=https://HOST:PORT,…, or -certs-only' })
    if (caKey !== undefined && caCert === undefined) throw CliError.usage({ problem: '-ca-key needs -ca-cert beside it' })
    const plain = endpoints.find((one) => !one.startsWith('https://'))
    if (plain !== undefined) throw etcd.ClusterError.notTls({ endpoint: plain })
    const ca: EnsureOptions['ca'] = caCert === undefined ? undefined : { certFile: at(caCert), keyFile: caKey === undefined ? undefined : at(caKey) }
    const nodes = merged(etcd.nodesIn(folder), etcd.nodeNames(flags.node))

    show(io, `Certificates in ${folder}`, await etcd.ensureCertificates({ folder, nodes, ca, dryRun }), dryRun)
    if (ca) io.stdout.write('  (etcd takes the name in any certificate of your CA for a user: it must sign for etcd alone)\n')
    const end = (text: string) => void io.stdout.write(dryRun ? '\nThis was a dry run: nothing was changed.\n' : `\n${text}`)
    if (flags['certs-only']) return end(await nodeFlags(folder, nodes))
    const wanted = { endpoints, prefix, enableAuth: flags['enable-auth'] ?? true, dryRun }
    const { done, warnings } = await inEtcd(folder, wanted)
    show(io, `Users and roles in etcd at ${endpoints.join(', ')}`, done, dryRun)
    for (const line of warnings) print.warn(`WARNING! ${line}`)
    const stanza = etcd.storageStanza({ endpoints, prefix, files: etcd.userFiles(folder, 'chatelaine') })
    end(`For the configuration of a server:\n\n${stanza}`)
  },
})

interface Wanted {
  readonly endpoints: readonly string[]
  readonly prefix: string
  readonly enableAuth: boolean
  readonly dryRun: boolean
}

async function inEtcd(folder: string, wanted: Wanted): Promise<{ readonly done: readonly Done[]; readonly warnings: readonly string[] }> {
  const { bootstrap, ClusterError, clusterState, tlsOf, userFiles, wholePlan } = await import('@chatelaine/etcd-cluster')
  const tls = readable(() => ({ root: tlsOf(userFiles(folder, 'root')), operator: tlsOf(userFiles(folder, 'operator')) }), wanted.dryRun)
  if (!tls) return { done: wholePlan(wanted), warnings: ['etcd was not asked, for there is no certificate yet to ask with: this is what a new one would be given'] }
  const { members, problems, warnings } = await clusterState({ endpoints: wanted.endpoints, tls: tls.root })
  const endpoints = members.filter(({ reachable }) => reachable).map(({ endpoint }) => endpoint)
  if (endpoints.length === 0) throw ClusterError.silent({ reason: problems[0] ?? 'nobody is there', folder })
  return { done: await bootstrap({ ...wanted, endpoints, tls: tls.root, probe: tls.operator }), warnings }
}

/** In a dry run the certificates may be among what would be made. */
function readable<T>(read: () => T, dryRun: boolean): T | undefined {
  try {
    return read()
  } catch (error) {
    if (dryRun) return undefined
    throw error
  }
}

function show(io: Io, title: string, done: readonly Done[], dryRun: boolean): void {
  const words = { made: dryRun ? 'would make' : 'made', kept: 'there', left: 'LEFT' }
  const lines = done.map(({ what, state, note }) => `  ${words[state].padEnd(dryRun ? 10 : 5)}  ${what}${note === undefined ? '' : `  (${note})`}\n`)
  io.stdout.write(`${title}\n${lines.join('')}`)
}

const merged = (before: readonly NodeName[], given: readonly NodeName[]) =>
  [...before.filter(({ name }) => !given.some((one) => one.name === name)), ...given]

/** What is to be copied where, and how a member is told of it. */
async function nodeFlags(folder: string, nodes: readonly NodeName[]): Promise<string> {
  const { authorityFiles, peerAuthorityFiles, peerFiles, serverFiles, tlsFlags } = await import('@chatelaine/etcd-cluster')
  const [node] = nodes
  if (!node) return 'No node was named (-node=HOST), so these are for users only.\n'
  const flags = tlsFlags(serverFiles(folder, node.name), peerFiles(folder, node.name))
  const [ca, peerCa] = [authorityFiles(folder).certFile, peerAuthorityFiles(folder).certFile]
  const shown = Object.entries(flags).map(([name, value]) => `  --${name}=${value}`)
  return [`Each node needs its own folder under nodes/, ${ca} and ${peerCa}; no other key. Flags of ${node.name}:`, '', ...shown, ''].join('\n')
}
