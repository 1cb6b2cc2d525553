#!/usr/bin/env node
// `npm run bench:etcd`: what a Vault on etcd does, as ratios to raw etcd and to the embedded store measured beside it in the same
// run: a cluster of three with TLS and users on this machine, which shares its cores with the server and the load.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { findEtcd, startCluster } from '@chatelaine/etcd-cluster'
import { load } from './load.mjs'
import { ask, start, stop } from './processes.mjs'

const seconds = Number(process.env.BENCH_SECONDS ?? 6)
const rounds = Number(process.env.BENCH_ROUNDS ?? 3)
const secrets = Number(process.env.BENCH_SECRETS ?? 1_000_000)
const folder = mkdtempSync(join(tmpdir(), 'chatelaine-bench-'))
const say = (text = '') => process.stdout.write(`${text}\n`)
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
const progress = (text) => process.stderr.isTTY && process.stderr.write(`\r${text.padEnd(60)}`)

const { binary, version } = await findEtcd({ say: (line) => process.stderr.write(`${line}\n`) })
const cluster = await startCluster({ folder: join(folder, 'etcd'), binary })
try {
  say(`${cpus().length} × ${cpus()[0].model.trim()}, Node ${process.version}, etcd ${version} × 3 with TLS and fsync, load ${loadavg()[0].toFixed(1)} before the start`)
  say(`the Vault and the raw client on core 0, wrk on core ${cpus().length - 1}, etcd on both; ${rounds} rounds of ${seconds} s, medians\n`)
  // With BENCH_ONLY, one of the two.
  if (process.env.BENCH_ONLY !== 'million') await speed()
  if (process.env.BENCH_ONLY !== 'speed') await million()
} finally {
  await cluster.stop()
  rmSync(folder, { recursive: true, force: true })
}

function storageAt(path, more = {}) {
  const { caFile, certFile, keyFile } = cluster.certificates('chatelaine')
  return { type: 'etcd', endpoints: cluster.endpoints, path: `${cluster.prefix}/${path}`, caFile, certFile, keyFile, maxStaleness: 0, ...more }
}

async function vaultOn(name, { storage, count = 0, execArgv = [] } = {}) {
  const own = join(folder, name)
  mkdirSync(own, { recursive: true })
  return start('vault.mjs', storage ? [own, String(count), JSON.stringify(storage)] : [own, String(count)], execArgv)
}

async function reader({ url, rootToken }) {
  const call = (path, body) => request(url, rootToken, path, body)
  await call('secret/data/app', { data: { api_id: '123456', api_hash: 'abcdef1234567890' } })
  await call('sys/policies/acl/app', { policy: 'path "secret/data/*" { capabilities = ["create", "read", "update"] }' })
  return (await call('auth/token/create', { policies: ['app'] })).auth.client_token
}

async function speed() {
  const raw = await start('raw-etcd.mjs', [JSON.stringify(storageAt('raw'))])
  const vaults = {
    embedded: await vaultOn('embedded'),
    strict: await vaultOn('strict', { storage: storageAt('strict') }),
    stale: await vaultOn('stale', { storage: storageAt('stale', { maxStaleness: 100 }) }),
  }
  const plans = {}
  for (const [name, { said, child }] of Object.entries(vaults)) {
    plans[name] = { url: `${said.url}/v1/secret/data/app`, pid: child.pid, token: await reader(said), folder, seconds }
    await load({ ...plans[name], seconds: 2 })
  }
  const writes = { ...plans.strict, url: plans.strict.url.replace('/app', '/w'), writes: 'x'.repeat(200) }
  const seen = { rawPut: [], write: [], embedded: [], strict: [], stale: [], loneGet: [], lone: [] }
  for (let round = 0; round < rounds; round++) {
    seen.rawPut.push(await ask(raw.child, { what: 'put', inFlight: 64, seconds }))
    seen.write.push(await load(writes))
    for (const name of ['embedded', 'strict', 'stale']) seen[name].push(await load(plans[name]))
    seen.loneGet.push(await ask(raw.child, { what: 'get', inFlight: 1, seconds: Math.min(3, seconds) }))
    seen.lone.push(await load({ ...plans.strict, connections: 1, seconds: Math.min(3, seconds) }))
  }
  const row = (title, name, base, asked) => {
    const of = (key) => median(seen[name].map((one) => one[key]))
    const ratio = base && median(seen[name].map(({ rate }, i) => rate / seen[base][i].rate))
    say(`${title.padEnd(46)} ${of('rate').toFixed(0).padStart(7)} ${(base ? ratio.toFixed(2) : '1').padStart(7)} ${(asked ?? '').padStart(7)} ${of('p50').toFixed(1).padStart(8)} ${of('p99').toFixed(1).padStart(8)}`)
  }
  say('                                                 per s   ratio   asked   p50 ms   p99 ms')
  row('raw single puts, 64 in flight', 'rawPut')
  row('KV v2 writes over HTTP, 64 writers', 'write', 'rawPut', '≥ 3')
  row('KV v2 reads, embedded store, 64 connections', 'embedded')
  row('KV v2 reads on etcd, strict', 'strict', 'embedded', '≥ 0.75')
  row('KV v2 reads on etcd, max_staleness=100ms', 'stale', 'embedded', '≥ 0.9')
  row('one lone linearizable get', 'loneGet')
  row('one lone client reads, strict', 'lone', 'loneGet')
  for (const { child } of [raw, ...Object.values(vaults)]) await stop(child)
}

async function million() {
  say(`\nWith ${secrets.toLocaleString('en')} secrets, and then as many leases:`)
  const storage = storageAt('million')
  progress('writing secrets …')
  const begun = performance.now()
  const first = await vaultOn('million', { storage, count: secrets })
  const { url, rootToken } = first.said
  say(`  written in ${((performance.now() - begun) / 1000).toFixed(0)} s`)
  const times = []
  let after = ''
  for (let i = 0; i < 50; i++) {
    const asked = performance.now()
    const { data } = await request(url, rootToken, `secret/metadata/app?list=true&limit=1000&after=${after}`)
    times.push(performance.now() - asked)
    after = data.keys.length < 1000 ? '' : data.keys.at(-1)
  }
  times.sort((a, b) => a - b)
  say(`  a page of 1,000 names: p50 ${times[25].toFixed(1)} ms, slowest ${times[49].toFixed(1)} ms (asked: under 50)`)
  await stop(first.child)
  const without = await restarted('million', storage)
  say(`  unsealed ${without.readyMs.toFixed(0)} ms after opening with no lease; RSS ${without.rss} MB; after reading 300,000 of them ${without.read} MB`)
  const leasing = await vaultOn('million', { storage })
  progress('making leases …')
  await ask(leasing.child, { leases: secrets, token: rootToken })
  await stop(leasing.child)
  const full = await restarted('million', storage)
  progress('')
  say(`  unsealed ${full.readyMs.toFixed(0)} ms after opening with ${secrets.toLocaleString('en')} leases (asked: at most 1 s more); RSS ${full.rss} MB`)

  async function restarted(name, on) {
    const { child, said } = await vaultOn(name, { storage: on, execArgv: ['--expose-gc'] })
    const megabytes = async () => ((await ask(child, 'rss')).rss / 2 ** 20).toFixed(0)
    const rss = await megabytes()
    const most = Math.min(300_000, secrets)
    for (let at = 0; at < most; at += 64) {
      await Promise.all(Array.from({ length: 64 }, (_, i) => request(said.url, rootToken, `secret/data/app/${(at + i) % secrets}`)))
    }
    const read = await megabytes()
    await stop(child)
    return { readyMs: said.readyMs, rss, read }
  }
}

async function request(url, token, path, body) {
  const response = await fetch(`${url}/v1/${path}`, { method: body ? 'POST' : 'GET', headers: { 'X-Vault-Token': token }, body: body && JSON.stringify(body) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}
