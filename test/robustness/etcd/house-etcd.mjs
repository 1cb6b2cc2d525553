// A server on etcd in a process of its own, for tests that kill it, freeze it and ask how it does. It is told its configuration
// (files and addresses, no secrets) as JSON, says where it listens, and answers `measures` with the figures of its storage.
import { emptyConfig, openLog, startServer } from '@chatelaine/server'

const { etcd, port, ...own } = JSON.parse(process.argv[2])
const unset = {
  discoverySrv: undefined, discoverySrvName: undefined, serverName: undefined, username: undefined, password: undefined,
  requestTimeout: undefined, lockTimeout: undefined, cacheSize: undefined, allowVersion: undefined,
}
const config = {
  ...emptyConfig,
  ...own,
  storage: { type: 'etcd', path: '/vault', maxStaleness: 0, ...unset, ...etcd },
  listeners: [{ address: { host: '127.0.0.1', port }, tls: undefined, maxRequestSize: undefined, maxRequestDuration: undefined, requireRequestHeader: false }],
  logLevel: 'warn',
}
const server = await startServer({ config, log: openLog(config) })

process.on('message', async () => process.send({ measures: await server.core.measures() }))
process.on('disconnect', () => process.exit())
process.send({ url: server.addresses[0] })
