// The server under load, as `chatelaine server` runs it: a store (embedded in a folder, or the one given in JSON), one plain listener.
import { emptyConfig, openLog, startServer } from '@chatelaine/server'

const [folder, secrets = '0', storage = JSON.stringify({ type: 'embedded', path: `${folder}/vault` })] = process.argv.slice(2)
const begun = process.hrtime.bigint()
const config = {
  ...emptyConfig,
  storage: JSON.parse(storage),
  seal: { type: 'keyfile', path: `${folder}/unseal.key` },
  listeners: [
    { address: { host: '127.0.0.1', port: 0 }, tls: undefined, maxRequestSize: undefined, maxRequestDuration: undefined, requireRequestHeader: false },
  ],
  logLevel: 'error',
}
const server = await startServer({ config, log: openLog(config) })
let rootToken
if (!(await server.core.status()).initialized) {
  rootToken = (await server.core.initialize({ shares: 1, threshold: 1 })).rootToken
  await server.core.handle({ verb: 'write', path: 'sys/mounts/secret', token: rootToken, input: { type: 'kv', options: { version: '2' } } })
}
const readyMs = Number(process.hrtime.bigint() - begun) / 1e6
const fill = async (token, count) => {
  const value = 'x'.repeat(200)
  for (let at = 0; at < count; at += 1000) {
    await Promise.all(Array.from({ length: Math.min(1000, count - at) }, (_, i) =>
      server.core.handle({ verb: 'write', path: `secret/data/app/${at + i}`, token, input: { data: { value } } })))
  }
}
/** Tokens that end in a month: each a lease the caretaker will have to see to. */
const lease = async (token, count) => {
  for (let at = 0; at < count; at += 1000) {
    await Promise.all(Array.from({ length: Math.min(1000, count - at) }, () =>
      server.core.handle({ verb: 'write', path: 'auth/token/create', token, input: { policies: ['default'], ttl: '720h', no_parent: true } })))
  }
}
if (rootToken) await fill(rootToken, Number(secrets))
process.send?.({ url: server.addresses[0], rootToken, readyMs, uptimeMs: process.uptime() * 1000 })
process.on('message', async (message) => {
  if (message === 'rss') {
    globalThis.gc?.()
    process.send?.({ rss: process.memoryUsage().rss })
  } else if (message.leases) {
    await lease(message.token, message.leases)
    process.send?.({ done: true })
  } else {
    await server.close()
    process.exit(0)
  }
})
// Nobody measures any more when the parent has gone.
process.on('disconnect', () => process.exit(0))
