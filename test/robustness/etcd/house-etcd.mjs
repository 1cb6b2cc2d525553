// A server on etcd in a process of its own, for tests that kill it, freeze it, set its clock and ask how it does. It is told its
// configuration (files and addresses, no secrets) as JSON and says where it listens. Of a question it answers what was asked:
// `measures`, the figures of its storage; `clock`, milliseconds by which its clock is wrong from now on. SIGHUP is a reload, as it is
// for the program itself.
import { emptyConfig, openLog, startServer } from '@chatelaine/server'

let wrongBy = 0
const RightDate = Date
/** Every clock of this process that tells the time of day; what measures durations goes on as it did. */
globalThis.Date = class extends RightDate {
  constructor(...given) {
    if (given.length === 0) super(Date.now())
    else super(...given)
  }

  static now() {
    return RightDate.now() + wrongBy
  }
}

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

const answers = {
  measures: () => server.core.measures(),
  clock: (ms) => void (wrongBy = ms),
}
process.on('message', async ({ question, about, value }) => process.send({ question, answer: await answers[about](value) }))
process.on('SIGHUP', () => server.reload().catch((error) => process.stderr.write(`reload failed: ${error.message}\n`)))
process.on('disconnect', () => process.exit())
process.send({ url: server.addresses[0] })
