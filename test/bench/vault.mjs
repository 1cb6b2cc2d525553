// The server under load, as `chatelaine server` runs it: embedded store in a folder, one plain listener.
import { emptyConfig, openLog, startServer } from '@chatelaine/server'

const [folder, secrets = '0'] = process.argv.slice(2)
const begun = process.hrtime.bigint()
const config = {
  ...emptyConfig,
  storage: { type: 'embedded', path: `${folder}/vault` },
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
if (rootToken) await fill(rootToken, Number(secrets))
process.send?.({ url: server.addresses[0], rootToken, readyMs, uptimeMs: process.uptime() * 1000 })
process.on('message', async (message) => {
  if (message === 'rss') {
    globalThis.gc?.()
    process.send?.({ rss: process.memoryUsage().rss })
  } else {
    await server.close()
    process.exit(0)
  }
})
// Nobody measures any more when the parent has gone.
process.on('disconnect', () => process.exit(0))
