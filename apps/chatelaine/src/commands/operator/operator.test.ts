import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { cli } from '@chatelaine/cli'
import { createVault, type Vault } from '@chatelaine/client'
import { emptyConfig, foundDevVault, openLog, startServer, type Server } from '@chatelaine/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { operatorCommands } from './index.js'

let folder: string
let keyFile: string
let recipient: string
let servers: Server[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chatelaine-operator-'))
  servers = []
  keyFile = at('key.txt')
  await promisify(execFile)('age-keygen', ['-o', keyFile])
  recipient = /age1\w+/.exec(readFileSync(keyFile, 'utf8'))?.[0] ?? ''
})

afterEach(async () => {
  for (const server of servers) await server.close()
  await rm(folder, { recursive: true })
})

const at = (name: string) => join(folder, name)

function configFor(name: string): string {
  writeFileSync(at(`${name}.hcl`), `storage "embedded" { path = "${at(name)}" }\ncluster_name = "house"\n`)
  return at(`${name}.hcl`)
}

async function start(name: string): Promise<{ readonly server: Server; readonly address: string }> {
  const listener = { address: { host: '127.0.0.1', port: 0 }, tls: undefined, maxRequestSize: undefined, maxRequestDuration: undefined, requireRequestHeader: false }
  const config = { ...emptyConfig, storage: { type: 'embedded', path: at(name) } as const, listeners: [listener] }
  const server = await startServer({ config, log: openLog({ logLevel: 'error', logFile: at('server.log') }) })
  servers.push(server)
  return { server, address: server.addresses[0] ?? '' }
}

/** More than etcd or the store keeps in one piece, in strings of a length that a door lets in. */
const large = { first: 'x'.repeat(1_000_000), second: 'y'.repeat(1_000_000) }

/** A Vault with something of everything in the store of that name. */
async function furnished(name: string) {
  const { server, address } = await start(name)
  const { rootToken, unsealKey } = await foundDevVault(server.core, {})
  const vault = createVault({ address, token: rootToken })
  await vault.write('secret/data/app', { data: { password: 'hunter2' } })
  await vault.write('secret/data/large', { data: large })
  await vault.write('sys/policies/acl/reader', { policy: 'path "secret/data/app" { capabilities = ["read"] }' })
  const { auth } = await vault.write('auth/token/create', { policies: ['reader'], ttl: '1h' })
  return { server, address, vault, rootToken, unsealKey, token: auth?.client_token ?? '' }
}

async function opened(name: string, { unsealKey, rootToken }: { unsealKey: string; rootToken: string }) {
  const { address } = await start(name)
  const vault = createVault({ address, token: rootToken })
  await vault.write('sys/unseal', { key: unsealKey })
  return vault
}

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function run(argv: readonly string[], { env = {}, stdin = [] as readonly Buffer[], terminal = false } = {}): Promise<Ran> {
  let [out, err] = ['', '']
  const code = await cli(argv, {
    stdin: Readable.from(stdin),
    stdout: { write: (text) => (out += text) },
    stderr: { isTTY: terminal, write: (text) => (err += text) },
    env, cwd: folder,
  }, operatorCommands)
  return { code, out, err }
}

const snapshot = (...argv: string[]) => ['operator', 'snapshot', ...argv]

/** Writes `secret/data/n/0`, `1`, … one after the other until it is told to stop. */
function counting(vault: Vault) {
  let [written, going] = [0, true]
  const done = (async () => {
    for (; going; written++) await vault.write(`secret/data/n/${written}`, { data: { written } })
  })()
  return {
    written: () => written,
    async stop() {
      going = false
      await done
    },
  }
}

describe('a Vault that was saved while it was written to', { timeout: 120_000 }, () => {
  it('is the same in another folder under another server, up to one moment', async () => {
    const first = await furnished('first')
    const writing = counting(first.vault)
    while (writing.written() < 100) await new Promise(setImmediate)
    const before = writing.written()

    const save = await run(snapshot('save', `-recipient=${recipient}`, 'vault.age'), { env: { VAULT_ADDR: first.address, VAULT_TOKEN: first.rootToken } })
    const after = writing.written()
    await writing.stop()
    await first.server.close()
    expect(save, save.err).toMatchObject({ code: 0, out: expect.stringMatching(/^Success! Saved [\d,]+ entries to /) })
    expect(statSync(at('vault.age')).mode & 0o777).toBe(0o600)

    const restored = await run(snapshot('restore', `-config=${configFor('second')}`, `-identity=${keyFile}`, 'vault.age'), { terminal: true })
    expect(restored, restored.err).toMatchObject({ code: 0, out: expect.stringContaining('read back and found equal') })
    expect(restored.err).toContain('%')

    const vault = await opened('second', first)
    expect(await vault.read('secret/data/app')).toMatchObject({ data: { password: 'hunter2' } })
    expect((await vault.read('secret/data/large'))?.['data']).toEqual(large)
    expect(await vault.as(first.token).read('secret/data/app')).toMatchObject({ data: { password: 'hunter2' } })
    await expect(vault.as(first.token).read('secret/data/large')).rejects.toThrow('permission denied')
    const numbers = (await vault.list('secret/metadata/n')).map(Number).sort((a, b) => a - b)
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => i))
    expect(numbers.length).toBeGreaterThanOrEqual(before)
    expect(numbers.length).toBeLessThanOrEqual(after + 1)
    for (const n of numbers) expect(await vault.read(`secret/data/n/${n}`)).toMatchObject({ data: { written: n } })
  })

  it('opens for age itself, shows no name outside and no secret inside', async () => {
    const { address, rootToken } = await furnished('first')
    const save = await run(snapshot('save', '-format=json', `-recipient=${recipient}`, 'vault.age'), { env: { VAULT_ADDR: address, VAULT_TOKEN: rootToken } })

    const { stdout } = await promisify(execFile)('age', ['-d', '-i', keyFile, at('vault.age')], { encoding: 'buffer', maxBuffer: 1 << 26 })

    const [header = ''] = stdout.toString('latin1').split('\n', 1)
    expect(JSON.parse(header)).toMatchObject({ format: 'chatelaine-snapshot', version: 1, storage: 'embedded', cluster: 'chatelaine', count: JSON.parse(save.out).entries })
    expect(stdout.includes('core/keyring')).toBe(true)
    expect(readFileSync(at('vault.age')).includes('core/')).toBe(false)
    for (const secret of ['hunter2', rootToken]) expect(stdout.includes(secret)).toBe(false)
  })
})

describe('a snapshot file', { timeout: 120_000 }, () => {
  async function savedFile() {
    const first = await furnished('first')
    await first.server.close()
    const save = await run(snapshot('save', `-config=${configFor('first')}`, `-recipient=${recipient}`, 'vault.age'))
    expect(save, save.err).toMatchObject({ code: 0 })
    return first
  }

  it('tells what it holds', async () => {
    await savedFile()

    const shown = await run(snapshot('inspect', `-identity=${keyFile}`, 'vault.age'))
    const { out } = await run(snapshot('inspect', '-format=json', `-identity=${keyFile}`, '-'), { stdin: [readFileSync(at('vault.age'))] })

    expect(shown.out).toMatch(/Cluster +house/)
    expect(shown.out).toMatch(/SHA-256 +\w{64} \(verified\)/)
    expect(shown.out).toMatch(/Holds a Vault +yes/)
    expect(shown.out).toMatch(/logical\/[0-9a-f-]{36}\/ +\d+ +1\.9 MiB/)
    const facts = JSON.parse(out)
    expect(facts).toMatchObject({ whole: true, vault: true, storage: 'embedded', cluster: 'house' })
    expect(facts.folders.reduce((sum: number, one: { entries: number }) => sum + one.entries, 0)).toBe(facts.count)
  })

  it('is not written over, not left half, and not made of nothing', async () => {
    await savedFile()
    const before = readFileSync(at('vault.age'))
    const saving = (config: string, ...more: string[]) => run(snapshot('save', `-config=${config}`, `-recipient=${recipient}`, ...more))

    expect(await saving(configFor('first'), 'vault.age')).toMatchObject({ code: 1, err: expect.stringContaining('is there already') })
    expect(await saving(configFor('nothing'), 'other.age')).toMatchObject({ code: 1, err: expect.stringContaining('holds no Vault') })
    expect(existsSync(at('nothing'))).toBe(false)
    expect(readFileSync(at('vault.age')).equals(before)).toBe(true)

    expect(await saving(configFor('first'), '-force', 'vault.age')).toMatchObject({ code: 0 })
    expect(readdirSync(folder).filter((name) => name.includes('.age'))).toEqual(['vault.age'])
  })

  it('that is damaged, or whose key is another, changes nothing', async () => {
    await savedFile()
    const damaged = readFileSync(at('vault.age'))
    damaged[damaged.length - 100]! ^= 1
    writeFileSync(at('damaged.age'), damaged)
    writeFileSync(at('cut.age'), damaged.subarray(0, -1000))
    await promisify(execFile)('age-keygen', ['-o', at('other.txt')])
    const restoring = (file: string, key = keyFile) => run(snapshot('restore', `-config=${configFor('second')}`, `-identity=${key}`, file))

    expect(await restoring('damaged.age')).toMatchObject({ code: 1, err: expect.stringContaining('not whole') })
    expect(await restoring('cut.age')).toMatchObject({ code: 1, err: expect.stringContaining('not whole') })
    expect(await restoring('vault.age', at('other.txt'))).toMatchObject({ code: 1, err: expect.stringContaining('does not open') })
    expect(await restoring('missing.age')).toMatchObject({ code: 1, err: expect.stringContaining('ENOENT') })
    expect(await restoring('vault.age')).toMatchObject({ code: 0 })
    expect(await restoring('vault.age')).toMatchObject({ code: 1, err: expect.stringContaining('-force replaces everything') })
  })

  it('is restored over another Vault when told so, with leases held', async () => {
    const first = await savedFile()
    const second = await furnished('second')
    await second.vault.write('secret/data/only-here', { data: {} })

    const onRunning = await run(snapshot('restore', `-config=${configFor('second')}`, `-identity=${keyFile}`, '-force', 'vault.age'))
    expect(onRunning).toMatchObject({ code: 1, err: expect.stringContaining('stop that one first') })
    await second.server.close()

    const done = await run(snapshot('restore', `-config=${configFor('second')}`, `-identity=${keyFile}`, '-force', '-hold-leases', 'vault.age'))
    expect(done, done.err).toMatchObject({ code: 0, out: expect.stringContaining('operator leases release') })
    const vault = await opened('second', first)
    expect(await vault.read('secret/data/app')).toMatchObject({ data: { password: 'hunter2' } })
    expect(await vault.read('secret/data/only-here')).toBeUndefined()
    expect(JSON.stringify(await vault.read('sys/leases/hold'))).toContain('true')
  })

  it('is encrypted to a passphrase from a file, and never asks a pipe for one', async () => {
    const first = await furnished('first')
    await first.server.close()
    writeFileSync(at('passphrase'), 'correct horse battery\n')
    const config = configFor('first')

    expect(await run(snapshot('save', `-config=${config}`, 'vault.age'))).toMatchObject({ code: 1, err: expect.stringContaining('always encrypted') })
    expect(await run(snapshot('save', `-config=${config}`, '-passphrase-file=passphrase', 'vault.age'))).toMatchObject({ code: 0 })
    expect(await run(snapshot('inspect', 'vault.age'))).toMatchObject({ code: 1, err: expect.stringContaining('-identity') })
    expect(await run(snapshot('inspect', '-passphrase-file=passphrase', 'vault.age'))).toMatchObject({ code: 0, out: expect.stringContaining('(verified)') })
  })
})

describe('migrating', { timeout: 60_000 }, () => {
  it('moves a Vault by a file in the form of Vault', async () => {
    const first = await furnished('first')
    writeFileSync(at('migrate.hcl'), `
      storage_source "embedded" { path = "${at('first')}" }
      storage_destination "embedded" { path = "${at('second')}" }
      cluster_addr = "https://127.0.0.1:8201"
    `)
    expect(await run(['operator', 'migrate', '-config=migrate.hcl'])).toMatchObject({ code: 1, err: expect.stringContaining('stop that one first') })
    await first.server.close()

    const done = await run(['operator', 'migrate', '-config=migrate.hcl'])
    expect(done, done.err).toMatchObject({ code: 0, out: expect.stringMatching(/Copied [\d,]+ entries from .*first to .*second, read back and found equal/) })
    expect(await run(['operator', 'migrate', '-config=migrate.hcl'])).toMatchObject({ code: 1, err: expect.stringContaining('is not empty') })

    const vault = await opened('second', first)
    expect(await vault.as(first.token).read('secret/data/app')).toMatchObject({ data: { password: 'hunter2' } })
  })

  it.each([
    ['storage_source "embedded" { path = "x" }', 'needs storage_source'],
    ['storage_source "embedded" { path = "x" }\nstorage_source "inmem" {}\n', 'only one storage_source can be used on line 2'],
    ['storage_sauce "embedded" {}', 'invalid key "storage_sauce" on line 1'],
    ['storage_source "inmem" {}\nstorage_destination "embedded" { path = "x" }', 'forgets everything'],
  ])('refuses %j', async (text, problem) => {
    writeFileSync(at('migrate.hcl'), text)

    expect(await run(['operator', 'migrate', '-config=migrate.hcl'])).toMatchObject({ code: 1, err: expect.stringContaining(problem) })
  })
})
