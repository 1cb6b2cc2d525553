#!/usr/bin/env node
// `npm run bench`: what a request costs, as ratios to a bare node:http server measured beside it in the same run.
// Identical runs differ up to twofold on a shared machine; believe ratios, and run it twice.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir, loadavg } from 'node:os'
import { join } from 'node:path'
import { load } from './load.mjs'
import { ask, start, stop } from './processes.mjs'
import { roomsOf } from './rooms.mjs'

const seconds = Number(process.env.BENCH_SECONDS ?? 6)
const rounds = Number(process.env.BENCH_ROUNDS ?? 3)
const folder = mkdtempSync(join(tmpdir(), 'chatelaine-bench-'))
const say = (text = '') => process.stdout.write(`${text}\n`)
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]

try {
  conditions()
  await reads()
  await writesAndSize()
  await getKeys()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function conditions() {
  const { model } = cpus()[0]
  say(`${cpus().length} × ${model.trim()}, Node ${process.version}, load ${loadavg()[0].toFixed(1)} before the start`)
  say(`wrk with 64 connections on core ${cpus().length - 1}, servers on core 0, ${rounds} rounds of ${seconds} s, medians\n`)
}

async function reads() {
  const hello = await start('hello.mjs')
  const vault = await start('vault.mjs', [folder])
  const { url, rootToken } = vault.said
  const call = (verb, path, body) => request(url, rootToken, { verb, path, body })
  await call('POST', 'secret/data/app', { data: { api_id: '123456', api_hash: 'abcdef1234567890' } })
  await call('POST', 'sys/policies/acl/reader', { policy: 'path "secret/data/*" { capabilities = ["read"] }' })
  const reader = (await call('POST', 'auth/token/create', { policies: ['reader'] })).auth.client_token
  const audit = (on) => on
    ? call('POST', 'sys/audit/file', { type: 'file', options: { file_path: join(folder, 'audit.log') } })
    : call('DELETE', 'sys/audit/file')

  const plain = { url: hello.said.url, pid: hello.child.pid, folder, seconds }
  const read = { url: `${url}/v1/secret/data/app`, pid: vault.child.pid, token: reader, folder, seconds }
  const health = { ...read, url: `${url}/v1/sys/health`, token: undefined }
  await load({ ...read, seconds: 3 })
  const seen = { hello: [], health: [], read: [], audited: [] }
  for (let round = 0; round < rounds; round++) {
    seen.hello.push(await load(plain))
    seen.health.push(await load(health))
    seen.read.push(await load(read))
    await audit(true)
    seen.audited.push(await load(read))
    await audit(false)
  }
  const ratio = (name, key) => median(seen[name].map((one, i) => key(one, seen.hello[i])))
  say('                              req/s   ratio   CPU µs   CPU ratio   p50 ms   p99 ms')
  for (const [name, title] of [['hello', 'bare node:http'], ['health', 'sys/health'], ['read', 'KV v2 read, audit off'], ['audited', 'KV v2 read, audit to file']]) {
    const of = (key) => median(seen[name].map((one) => one[key]))
    const rates = ratio(name, (one, base) => one.rate / base.rate)
    const cpu = ratio(name, (one, base) => base.cpuMicros / one.cpuMicros)
    say(`${title.padEnd(27)} ${of('rate').toFixed(0).padStart(7)} ${rates.toFixed(2).padStart(7)} ${of('cpuMicros').toFixed(1).padStart(8)} ${cpu.toFixed(2).padStart(11)} ${of('p50').toFixed(1).padStart(8)} ${of('p99').toFixed(1).padStart(8)}`)
  }
  await stop(hello.child)
  await stop(vault.child)
  await profile(median(seen.read.map(({ cpuMicros }) => cpuMicros)), reader)
}

async function profile(cpuMicros, reader) {
  const profiles = join(folder, 'profiles')
  mkdirSync(profiles)
  const vault = await start('vault.mjs', [folder], ['--cpu-prof', `--cpu-prof-dir=${profiles}`])
  await load({ url: `${vault.said.url}/v1/secret/data/app`, pid: vault.child.pid, token: reader, folder, seconds })
  await stop(vault.child)
  say('\nWhere the microseconds of a KV v2 read go (audit off):')
  for (const [room, micros] of roomsOf(profiles, cpuMicros)) say(`  ${room.padEnd(30)} ${micros.toFixed(1).padStart(6)} µs`)
}

async function writesAndSize() {
  const big = join(folder, 'big')
  mkdirSync(big)
  const begun = process.hrtime.bigint()
  const first = await start('vault.mjs', [big, '100000'], ['--expose-gc'])
  const writes = 100_000 / (Number(process.hrtime.bigint() - begun) / 1e9)
  await stop(first.child)
  const again = await start('vault.mjs', [big], ['--expose-gc'])
  const { rss } = await ask(again.child, 'rss')
  say(`\nKV v2 writes in the process, durable, 1,000 at a time: ${writes.toFixed(0)}/s`)
  say(`With 100,000 secrets: unsealed ${again.said.readyMs.toFixed(0)} ms after opening, ${again.said.uptimeMs.toFixed(0)} ms after the process began; RSS ${(rss / 2 ** 20).toFixed(0)} MB`)
  await stop(again.child)
  const small = join(folder, 'small')
  mkdirSync(small)
  await stop((await start('vault.mjs', [small])).child)
  const empty = await start('vault.mjs', [small])
  say(`Without secrets: unsealed ${empty.said.readyMs.toFixed(0)} ms after opening, ${empty.said.uptimeMs.toFixed(0)} ms after the process began`)
  await stop(empty.child)
}

async function getKeys() {
  const { child, said } = await start('get-keys.mjs')
  say(`\n/get_keys through the sandbox, question to answer: p50 ${said.p50.toFixed(1)} ms, p99 ${said.p99.toFixed(1)} ms`)
  await stop(child)
}

async function request(url, token, { verb, path, body }) {
  const response = await fetch(`${url}/v1/${path}`, { method: verb, headers: { 'X-Vault-Token': token }, body: body && JSON.stringify(body) })
  if (!response.ok) throw new Error(`${verb} ${path}: ${response.status} ${await response.text()}`)
  const text = await response.text()
  return text === '' ? undefined : JSON.parse(text)
}
