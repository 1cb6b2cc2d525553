#!/usr/bin/env node
// `npm run bench:worst`: for each kind of request the costliest one under the limits, found by search, and how long another client
// waits while twenty of them arrive at once, with audit on and off. Sent with a token: without one no large body is read.
import { Agent, request } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { cpuSeconds, start, stop } from './processes.mjs'
import { bodyOf, changed, forms, heads, seeds } from './worst-bodies.mjs'

const rounds = Number(process.env.WORST_ROUNDS ?? 20)
const at = Number(process.env.WORST_AT_ONCE ?? 20)
const say = (text = '') => process.stdout.write(`${text}\n`)
const folder = mkdtempSync(join(tmpdir(), 'chatelaine-worst-'))
// Not random: what was found is found again.
let state = 7
const random = () => ((state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31)

const vault = await start('vault.mjs', [folder])
const { url, rootToken } = vault.said
const agent = new Agent({ keepAlive: true, maxSockets: at })
const prober = new Worker(new URL('prober.mjs', import.meta.url), { workerData: { url } })

try {
  say(`${cpus().length} × ${cpus()[0].model.trim()}, Node ${process.version}, load ${loadavg()[0].toFixed(1)} before the start`)
  say('Waiting times are those of another client that asks sys/seal-status all the while, in ms.\n')
  say('                                                              bytes  status  CPU ms   p50   p99   max  with audit: CPU ms   p50   p99   max')
  await idle()
  for (const one of await worst()) await show(one)
} finally {
  prober.postMessage('stop')
  agent.destroy()
  await stop(vault.child)
  rmSync(folder, { recursive: true, force: true })
}

async function worst() {
  if (process.env.WORST_ONLY) return quick()
  const json = { 'content-type': 'application/json' }
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const found = []
  for (const [name, path, wrap] of [['KV v2 write', 'secret/data/worst', (body) => `{"data":{"a":${body}}}`], ['token creation', 'auth/token/create', (body) => `{"meta":{"a":${body}}}`], ['cubbyhole write', 'cubbyhole/worst', (body) => `{"a":${body}}`]]) {
    const recipe = await climb((one) => ({ path: `/v1/${path}`, method: 'POST', headers: json, body: Buffer.from(wrap(bodyOf(one))) }))
    found.push([`JSON, ${name}: ${recipe.slice(0, 2).join(' of ')} × ${recipe[2].toFixed(2)}`, { path: `/v1/${path}`, method: 'POST', headers: json, body: Buffer.from(wrap(bodyOf(recipe))) }])
  }
  const large = JSON.stringify({ data: Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`k${i}`, 'x'.repeat(1_000_000)])) })
  found.push(['JSON, a secret of 30 MB written', { path: '/v1/secret/data/large', method: 'POST', headers: json, body: Buffer.from(large) }])
  found.push(['a secret of 30 MB read', { path: '/v1/secret/data/large', method: 'GET', headers: {} }])
  const many = `{"data":{"a":${bodyOf(['lists', 'letter', 1])}}}`
  found.push(['JSON, a secret of 490,000 values written', { path: '/v1/secret/data/many', method: 'POST', headers: json, body: Buffer.from(many) }])
  found.push(['a secret of 490,000 values read', { path: '/v1/secret/data/many', method: 'GET', headers: {} }])
  const formBodies = await Promise.all(Object.entries(forms).map(async ([name, make]) => [name, { path: '/v1/cubbyhole/form', method: 'POST', headers: form, body: Buffer.from(make()) }]))
  found.push(await costliest('form', formBodies))
  found.push(await costliest('head', Object.entries(heads).map(([name, make]) => [name, { method: 'GET', headers: {}, ...make() }])))
  return found
}

/** `WORST_ONLY=words` leaves the search out and shows those requests of this list whose name has the words. */
function quick() {
  const json = { 'content-type': 'application/json' }
  const post = (path, body) => ({ path: `/v1/${path}`, method: 'POST', headers: json, body: Buffer.from(body) })
  const large = JSON.stringify({ data: Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`k${i}`, 'x'.repeat(1_000_000)])) })
  const list = [
    ['small list 16K', post('secret/data/s', `{"data":{"a":[${'"",'.repeat(5_000)}""]}}`)],
    ['many written', post('secret/data/many', `{"data":{"a":${bodyOf(['lists', 'letter', 1])}}}`)],
    ['many read', { path: '/v1/secret/data/many', method: 'GET', headers: {} }],
    ['raw numbers', post('secret/data/raw', `{"data":{"a":${bodyOf(['lists', 'raw', 1])}}}`)],
    ['raw read', { path: '/v1/secret/data/raw', method: 'GET', headers: {} }],
    ['objects', post('secret/data/o', `{"data":{"a":${bodyOf(['objects', 'object', 1])}}}`)],
    ['30 MB written', post('secret/data/large', large)],
    ['30 MB read', { path: '/v1/secret/data/large', method: 'GET', headers: {} }],
    ['controls', post('secret/data/controls', `{"data":{"a":${bodyOf(['strings', 'controls', 1])}}}`)],
    ['token meta', post('auth/token/create', `{"meta":{"a":"${'x'.repeat(1_000_000)}"}}`)],
    ['token policies', post('auth/token/create', `{"policies":[${Array.from({ length: 9_999 }, (_, i) => `"p${i}"`).join()}]}`)],
    ['token policies, commas', post('auth/token/create', `{"policies":"${'a,'.repeat(500_000)}"}`)],
    ['policy text', post('sys/policies/acl/x', JSON.stringify({ policy: 'path "a/b" { capabilities = ["read"] }\n'.repeat(25_000) }))],
    ['unwrap', post('sys/wrapping/wrap', large)],
    ...Object.entries(forms).map(([name, make]) => [name, { path: '/v1/cubbyhole/form', method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: Buffer.from(make()) }]),
    ...Object.entries(heads).map(([name, make]) => [name, { method: 'GET', headers: {}, ...make() }]),
  ]
  list.find(([name]) => name === 'unwrap')[1].headers['x-vault-wrap-ttl'] = '60'
  return list.filter(([name]) => new RegExp(process.env.WORST_ONLY).test(name))
}

async function costliest(kind, candidates) {
  let best
  for (const [name, asked] of candidates) {
    const cost = await costOf(asked)
    if (!best || cost > best.cost) best = { cost, name, asked }
  }
  return [`${kind}: ${best.name}`, best.asked]
}

/** All seeds once, then from the costliest uphill. */
async function climb(make) {
  const judged = []
  const judge = async (recipe) => judged.push({ recipe, cost: await costOf(make(recipe)) })
  for (const seed of seeds) await judge(seed)
  const best = () => judged.sort((a, b) => b.cost - a.cost)
  for (let i = 0; i < rounds; i++) {
    const { recipe } = best()[Math.floor(random() * 3)]
    await judge(changed(recipe, random))
  }
  return best()[0].recipe
}

/** Milliseconds of processor time of one. */
async function costOf(asked) {
  const before = cpuSeconds(vault.child.pid)
  await send(asked)
  return (cpuSeconds(vault.child.pid) - before) * 1000
}

/** What another client waits while nobody else asks: the machine's own part in all figures below. */
async function idle() {
  await waits()
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  const sorted = (await waits()).sort((a, b) => a - b)
  say(`${'nothing at all'.padEnd(83)}${[0.5, 0.99, 1].map((share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1).padStart(6)).join('')}`)
}

async function show([name, asked]) {
  const off = await flood(asked)
  await call('POST', 'sys/audit/file', { type: 'file', options: { file_path: join(folder, 'audit.log') } })
  const on = await flood(asked)
  await call('DELETE', 'sys/audit/file')
  const columns = ({ cpu, p50, p99, max }) => [cpu.toFixed(0).padStart(7), ...[p50, p99, max].map((ms) => ms.toFixed(1).padStart(6))].join('')
  say(`${name.slice(0, 56).padEnd(57)}${String(asked.body?.length ?? asked.path.length).padStart(10)}  ${off.statuses.padEnd(7)}${columns(off)}            ${columns(on)}`)
}

async function flood(asked) {
  await waits()
  const before = cpuSeconds(vault.child.pid)
  const statuses = await Promise.all(Array.from({ length: at }, () => send(asked)))
  const cpu = ((cpuSeconds(vault.child.pid) - before) * 1000) / at
  await new Promise((resolve) => setTimeout(resolve, 20))
  const sorted = (await waits()).sort((a, b) => a - b)
  const of = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { cpu, statuses: [...new Set(statuses)].join(','), p50: of(0.5), p99: of(0.99), max: of(1) }
}

function waits() {
  prober.postMessage('waits')
  return new Promise((resolve) => prober.once('message', resolve))
}

function send({ path, method, headers, body }) {
  return new Promise((resolve, reject) => {
    const whole = { 'X-Vault-Token': rootToken, ...headers, ...(body && { 'content-length': body.length }) }
    const sent = request(url, { path, method, headers: whole, agent, setHost: true }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode)).on('error', reject)
    })
    sent.on('error', (error) => (error.code === 'ECONNRESET' || error.code === 'EPIPE' ? resolve(error.code) : reject(error)))
    sent.end(body)
  })
}

async function call(method, path, body) {
  const response = await fetch(`${url}/v1/${path}`, { method, headers: { 'X-Vault-Token': rootToken }, body: body && JSON.stringify(body) })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
}
