// The yardstick: single puts and linearizable gets by the same client of etcd, so many in flight.
import { readFileSync } from 'node:fs'
import { Members } from '@chatelaine/etcd'

const { endpoints, path, caFile, certFile, keyFile } = JSON.parse(process.argv[2])
const members = new Members({ endpoints, tls: { ca: readFileSync(caFile), cert: readFileSync(certFile), key: readFileSync(keyFile) } })
await members.open()
const value = Buffer.alloc(300, 'x')
const asks = {
  put: (i) => members.call('KV/Put', { key: `${path}/raw/${i}`, value }),
  get: () => members.call('KV/Range', { key: `${path}/raw/1` }),
}
let written = 0

async function run({ what, inFlight, seconds }) {
  const times = []
  const begun = performance.now()
  await Promise.all(Array.from({ length: inFlight }, async () => {
    while (performance.now() - begun < seconds * 1000) {
      const asked = performance.now()
      await asks[what](written++)
      times.push(performance.now() - asked)
    }
  }))
  times.sort((a, b) => a - b)
  const at = (share) => times[Math.floor(times.length * share)]
  return { rate: times.length / seconds, p50: at(0.5), p99: at(0.99) }
}

process.send?.({ ready: true })
process.on('message', async (message) => {
  if (message.what) return void process.send?.(await run(message))
  members.close()
  process.exit(0)
})
// Nobody measures any more when the parent has gone.
process.on('disconnect', () => process.exit(0))
