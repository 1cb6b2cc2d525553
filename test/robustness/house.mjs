// A server in a process of its own, for tests that kill it or look into its memory: an embedded store in the folder given,
// a plain listener. It says `starting`, then where it listens; asked to `collect`, it runs the garbage collector; given a
// file, it writes a snapshot of its heap there.
import { join } from 'node:path'
import { writeHeapSnapshot } from 'node:v8'
import { emptyConfig, openLog, startServer } from '@chatelaine/server'

const [folder, seal] = process.argv.slice(2)
process.send({ starting: true })
const config = {
  ...emptyConfig,
  storage: { type: 'embedded', path: join(folder, 'vault') },
  seal: seal === 'keyfile' ? { type: 'keyfile', path: join(folder, 'unseal.key') } : undefined,
  listeners: [
    { address: { host: '127.0.0.1', port: 0 }, tls: undefined, maxRequestSize: undefined, maxRequestDuration: undefined, requireRequestHeader: false },
  ],
  logLevel: 'warn',
}
const server = await startServer({ config, log: openLog(config) })

process.on('message', async ({ collect, snapshot }) => {
  if (collect) for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(() => resolve(globalThis.gc())))
  if (snapshot) writeHeapSnapshot(snapshot)
  process.send({ done: true })
})
process.on('disconnect', () => process.exit())
process.send({ url: server.addresses[0] })
