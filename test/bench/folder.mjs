import { performance } from 'node:perf_hooks'

// Of one folder with very many names in the embedded store's index, such as the expiry seconds of leases: what a name costs in memory,
// and how long the event loop is held by a page, a removal and an addition.
//   node --expose-gc --max-old-space-size=8000 test/bench/folder.mjs [names] [key-index.js]
const [count = '10000000', module = new URL('../../packages/storage/dist/log/key-index.js', import.meta.url).href] = process.argv.slice(2)
const names = Number(count)
const { KeyIndex } = await import(module)
const index = new KeyIndex()
const place = { segment: 1, at: 0, size: 300, revision: 1 }
const nameOf = (n) => `sys/expiry/${(1_900_000_000 + n).toString()}-${((n * 2_654_435_761) % 4_294_967_296).toString(36)}`
// In no order, as leases end: the stride shares no factor with the count.
const keyOf = (i) => nameOf((i * 7_368_787) % names)

const before = (gc(), process.memoryUsage())
const [begun, slowest] = [performance.now(), { ms: 0 }]
for (let i = 0; i < names; i += 1000) {
  const from = performance.now()
  for (let n = i; n < i + 1000; n++) index.put(keyOf(n), place)
  slowest.ms = Math.max(slowest.ms, performance.now() - from)
}
const filled = performance.now() - begun
const after = (gc(), process.memoryUsage())
const bytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers
console.log(`${names} names in ${(filled / 1000).toFixed(1)} s; slowest thousand ${slowest.ms.toFixed(0)} ms; ${(bytes / names).toFixed(0)} bytes each`)

function timed(what, rounds, work) {
  const times = []
  for (let i = 0; i < rounds; i++) {
    const from = performance.now()
    work(i)
    times.push(performance.now() - from)
  }
  times.sort((a, b) => a - b)
  const at = (part) => times[Math.floor(times.length * part)].toFixed(3)
  console.log(`${what}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(0.9999)} ms`)
}
const rounds = Number(process.env.ROUNDS ?? 10_000)
timed('the first 100 names, one removed and one added', rounds, (i) => {
  const [first] = index.list('sys/expiry/', { limit: 100 })
  index.remove(`sys/expiry/${first}`)
  index.put(`${keyOf(i)}+`, place)
})
timed('100 names from the middle', rounds, (i) => index.list('sys/expiry/', { after: keyOf(i * 13).slice(11), limit: 100 }))
timed('one entry found', rounds, (i) => index.find(keyOf(i * 17)))
