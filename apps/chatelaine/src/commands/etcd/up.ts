import { command, table, text, whole, yes, type Command, type Io } from '@chatelaine/cli'
import type { Up } from '@chatelaine/etcd-cluster'
import { resolve } from 'node:path'
import { untilStopped } from '../../signals.js'

export const etcdUpCommand: Command = command({
  name: 'etcd up',
  summary: 'Start a local etcd cluster of three nodes, with TLS and users, for a Vault to keep its data in.',
  flags: {
    dir: text('Where data, certificates and logs are; ./etcd-data. Started there again, it is the same cluster.', 'path'),
    port: whole('The port of the first node, 2379; the next ones are ten further each, and peers use the port after.'),
    address: text('The address that the nodes listen on; 127.0.0.1.', 'address'),
    nodes: whole('How many nodes; 3.'),
    etcd: text('The etcd to run. Otherwise one on the PATH without known holes, or one fetched from Debian.', 'path'),
    detach: yes('Leave it running and return; etcd down stops it.'),
    'unsafe-no-fsync': yes('Do not wait for the disk. A machine that crashes then loses data: for trying only.'),
  },
  examples: [
    ['Start it, and stop it with Ctrl-C:', 'etcd up'],
    ['Leave it running; etcd down stops it. Where it runs already, that is well:', 'etcd up -detach'],
  ],
  doing: 'starting etcd',
  async run({ flags, io, print }) {
    const { alreadyUp, onUnexpectedEnd, up } = await import('@chatelaine/etcd-cluster')
    const folder = flags.dir ?? './etcd-data'
    const say = (line: string) => void io.stdout.write(`${line}\n`)
    const place = { folder: inside(io, folder), port: flags.port, address: flags.address, nodes: flags.nodes }
    const already = flags.detach ? alreadyUp(place) : undefined
    if (already) return say(`The cluster in ${folder} is running already (${already.join(', ')}); what a server's configuration needs is in ${folder}/storage.hcl.`), 0
    const running = await up({
      ...place, etcd: flags.etcd === undefined ? undefined : inside(io, flags.etcd),
      noFsync: flags['unsafe-no-fsync'], detached: flags.detach, env: io.env, say,
    })
    say(story(running))
    if (running.warning !== undefined) print.warn(`WARNING! ${running.warning}`)
    if (flags.detach) return say(`It goes on running; chatelaine etcd down -dir=${folder} stops it.`), 0
    say('It runs until Ctrl-C.')
    const quiet = onUnexpectedEnd(running, (line) => print.warn(line))
    const gone = Promise.all(running.cluster.nodes.map(({ ended }) => ended)).then(() => 'gone' as const)
    const why = await Promise.race([untilStopped().asked.then(() => undefined), gone])
    quiet()
    if (why === 'gone') return say('No node is left.'), 1
    say('Stopping. etcd may take up to ten seconds to end by itself; Ctrl-C again ends it at once.')
    await running.close()
    say('Stopped.')
    return 0
  },
})

function story({ cluster, stanza, stanzaFile }: Up): string {
  const rows = cluster.nodes.map(({ name, endpoint, pid }) => [name, endpoint, String(pid ?? '')])
  return ['', table([['Node', 'Endpoint', 'PID'], ...rows]), '', `For the configuration of a server (it is also in ${stanzaFile}):`, '', stanza].join('\n')
}

const inside = (io: Io, path: string) => resolve(io.cwd, path)
