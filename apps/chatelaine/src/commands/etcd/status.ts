import { command, many, table, text, type Command } from '@chatelaine/cli'
import { placesFor } from './places.js'

export const etcdStatusCommand: Command = command({
  name: 'etcd status',
  summary: 'How each member of an etcd cluster is. Exit code 0 when all are well, 2 when not, 1 when nobody could be asked what.',
  flags: {
    dir: text('The folder of etcd up or etcd bootstrap, for what the other flags do not say; ./etcd-data if it is there.', 'path'),
    endpoints: many('Where members are. Also ETCDCTL_ENDPOINTS.', 'https://host:port'),
    'ca-cert': text("PEM file of the CA that signed etcd's certificates. Also ETCDCTL_CACERT.", 'path'),
    cert: text('PEM file of the certificate to ask with. Also ETCDCTL_CERT.', 'path'),
    key: text('PEM file of its key. Also ETCDCTL_KEY.', 'path'),
  },
  examples: [
    ['Of the cluster that etcd up started here:', 'etcd status'],
    ['Of another, in a script:', 'etcd status -endpoints=https://10.0.0.1:2379 -dir=certs -format=json'],
  ],
  doing: 'asking etcd',
  async run({ flags, io, print }) {
    const { clusterState, plainOf, rowsOf } = await import('@chatelaine/etcd-cluster')
    const { endpoints, tls } = await placesFor(flags, io)
    const state = await clusterState({ endpoints, tls })
    print.value(plainOf(state), () => table(rowsOf(state)))
    if (print.format === 'table') {
      for (const line of state.problems) print.error(line)
      for (const line of state.warnings) print.warn(`WARNING! ${line}`)
    }
    return state.healthy ? 0 : 2
  },
})
