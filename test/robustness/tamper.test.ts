import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { emptyConfig, openLog, startServer, type Config, type Server } from '@chatelaine/server'
import { openLogStorage } from '@chatelaine/storage'
import type { Storage } from '@chatelaine/sdk'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { mustAsk, type Question } from './ask.js'

/** A vault that was made once and stopped: each test takes a copy, and harms it. */
interface Stopped {
  readonly folder: string
  readonly key: string
  readonly root: string
  readonly child: string
  /** Storage keys, by what is kept there. */
  readonly keys: Readonly<Record<'secret' | 'history' | 'otherSecret' | 'token' | 'rootsToken' | 'policy' | 'otherPolicy', string>>
}

let stopped: Stopped
let folders: string[] = []
let running: Server | undefined

beforeAll(async () => void (stopped = await makeVault()))
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })))
afterEach(async () => {
  await running?.close()
  running = undefined
})

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tamper-'))
  folders = [...folders, folder]
  return folder
}

async function start(folder: string): Promise<string> {
  const listener = { address: { host: '127.0.0.1', port: 0 }, tls: undefined, maxRequestSize: undefined, maxRequestDuration: undefined, requireRequestHeader: false }
  const config: Config = { ...emptyConfig, storage: { type: 'embedded', path: join(folder, 'vault') }, listeners: [listener], logFile: join(folder, 'log') }
  running = await startServer({ config, log: openLog(config) })
  return running.addresses[0] ?? ''
}

const log = (folder: string) => readFileSync(join(folder, 'log'), 'utf8')

async function withStorage<T>(folder: string, use: (storage: Storage) => Promise<T>): Promise<T> {
  const storage = await openLogStorage({ folder: join(folder, 'vault') })
  try {
    return await use(storage)
  } finally {
    await storage.close()
  }
}

async function keysUnder(storage: Storage, prefix: string): Promise<string[]> {
  const names = await storage.list(prefix)
  return (await Promise.all(names.map(async (name) => (name.endsWith('/') ? keysUnder(storage, prefix + name) : [prefix + name])))).flat()
}

async function makeVault(): Promise<Stopped> {
  const folder = newFolder()
  const url = await start(folder)
  const must = async (question: Question) => {
    const { status, body } = await mustAsk(url, question)
    expect(status, question.path).toBeLessThan(300)
    return body
  }
  const { keys_base64, root_token: token } = await must({ path: 'sys/init', input: { secret_shares: 1, secret_threshold: 1 } })
  await must({ path: 'sys/unseal', input: { key: keys_base64[0] } })
  await must({ path: 'sys/mounts/kv', token, input: { type: 'kv', options: { version: '2' } } })
  await must({ path: 'kv/data/a', token, input: { data: { of: 'a' } } })
  await must({ path: 'kv/data/b', token, input: { data: { of: 'b' } } })
  await must({ path: 'sys/policies/acl/reader', token, input: { policy: 'path "kv/data/a" { capabilities = ["read"] }' } })
  await must({ path: 'sys/policies/acl/almighty', token, input: { policy: 'path "*" { capabilities = ["read", "update", "sudo"] }' } })
  const { auth } = await must({ path: 'auth/token/create', token, input: { policies: ['reader'], no_default_policy: true } })
  await running?.close()
  const keys = await withStorage(folder, findKeys)
  return { folder, key: keys_base64[0], root: token, child: auth.client_token, keys }
}

async function findKeys(storage: Storage): Promise<Stopped['keys']> {
  const all = await keysUnder(storage, '')
  const one = (fits: RegExp) => {
    const [found, another] = all.filter((key) => fits.test(key))
    if (!found || another) throw new Error(`not one key fits ${fits}`)
    return found
  }
  const [, child = ''] = /([^/]+)$/.exec(one(/^sys\/token\/parent\//)) ?? []
  return {
    secret: one(/versions\/a\/1$/),
    history: one(/metadata\/a$/),
    otherSecret: one(/versions\/b\/1$/),
    token: `sys/token/id/${child}`,
    rootsToken: one(new RegExp(`^sys/token/id/(?!${child})`)),
    policy: 'sys/policy/reader',
    otherPolicy: 'sys/policy/almighty',
  }
}

type Harm = (value: Uint8Array, storage: Storage) => Promise<Uint8Array> | Uint8Array

const flip = (where: (length: number) => number): Harm => (value) => value.map((byte, i) => (i === where(value.length) ? byte ^ 1 : byte))

/** Everything somebody who holds the disk can do to a record but put back an older one of the same key. */
const harms = (other: string): [string, Harm][] => [
  ['flipped in its term', flip(() => 3)],
  ['flipped in its version', flip(() => 4)],
  ['flipped in its nonce', flip(() => 9)],
  ['flipped in its body', flip((length) => Math.min(20, length - 17))],
  ['flipped in its last byte', flip((length) => length - 1)],
  ['short of a byte', (value) => value.slice(0, -1)],
  ['short of all but its head', (value) => value.slice(0, 5)],
  ['emptied', () => new Uint8Array(0)],
  ['longer by a byte', (value) => Uint8Array.from([...value, 0])],
  ['that of another key', async (_, storage) => (await storage.get(other))?.value ?? new Uint8Array(0)],
]

/** A copy of the vault in which the record at `key` was harmed. */
async function harmed(key: string, harm: Harm): Promise<string> {
  const folder = newFolder()
  cpSync(join(stopped.folder, 'vault'), join(folder, 'vault'), { recursive: true })
  await withStorage(folder, async (storage) => {
    const entry = await storage.get(key)
    if (!entry) throw new Error(`nothing at ${key}`)
    const value = await harm(entry.value, storage)
    expect(Buffer.compare(value, entry.value)).not.toBe(0)
    await storage.commit([{ put: key, value }])
  })
  return folder
}

const unseal = (url: string) => mustAsk(url, { path: 'sys/unseal', input: { key: stopped.key } })

/** The caller is told that it is our failure; nothing of what was asked for comes with it. */
function expectRefusal({ status, body }: { status: number; body: Record<string, any> }, folder: string, key: string): void {
  expect(status).toBe(500)
  expect(Object.keys(body)).toEqual(['errors'])
  expect(log(folder)).toContain(key)
  expect(log(folder)).toMatch(/barrier\.(tampered|unknownTerm)/)
}

type Named = keyof Stopped['keys']

const readable: [string, Named, Named, (vault: Stopped) => Question][] = [
  ['a secret', 'secret', 'otherSecret', ({ root }) => ({ path: 'kv/data/a', token: root })],
  ["a secret's history", 'history', 'otherSecret', ({ root }) => ({ path: 'kv/data/a', token: root })],
  ['a token', 'token', 'rootsToken', ({ child }) => ({ path: 'kv/data/a', token: child })],
  ['a policy', 'policy', 'otherPolicy', ({ child }) => ({ path: 'kv/data/b', token: child })],
]

describe.each(readable)('the record of %s', (_, record, other, question) => {
  it('does its work while it is whole', async () => {
    const url = await start(stopped.folder)
    await unseal(url)

    const { status } = await mustAsk(url, question(stopped))

    expect(status).toBe(record === 'policy' ? 403 : 200)
  })

  it.each(harms('').map(([name], i) => [name, i] as const))('is an error when it was %s, and harms nothing else', async (_name, i) => {
    const key = stopped.keys[record]
    const folder = await harmed(key, harms(stopped.keys[other])[i]?.[1] ?? (() => expect.unreachable()))
    const url = await start(folder)
    expect((await unseal(url)).body.sealed).toBe(false)

    expectRefusal(await mustAsk(url, question(stopped)), folder, key)

    const elsewhere = await mustAsk(url, { path: 'kv/data/b', token: stopped.root })
    expect(elsewhere.body.data?.data).toEqual({ of: 'b' })
  })
})

describe.each(['core/mounts', 'core/keyring', 'core/cluster', 'sys/token/salt'])('the record %s', (key) => {
  it.each(harms('sys/policy/reader'))('leaves the vault sealed when it was %s', async (_, harm) => {
    const folder = await harmed(key, harm)
    const url = await start(folder)

    expectRefusal(await unseal(url), folder, key)

    expect((await mustAsk(url, { path: 'sys/health' })).status).toBe(503)
    expect((await mustAsk(url, { path: 'kv/data/b', token: stopped.root })).status).toBe(503)
  })
})

it('the wrapped root key does not open when it was changed, and the vault stays sealed', async () => {
  const folder = await harmed('core/stored-key', (value) => {
    const record = JSON.parse(Buffer.from(value).toString()) as { wrapped: { blob: string }[] }
    const wrapped = record.wrapped.map((row) => ({ ...row, blob: Buffer.from(row.blob, 'base64').map((byte, i) => (i === 20 ? byte ^ 1 : byte)) }))
    return Buffer.from(JSON.stringify({ ...record, wrapped: wrapped.map(({ blob, ...row }) => ({ ...row, blob: Buffer.from(blob).toString('base64') })) }))
  })
  const url = await start(folder)

  const { status, body } = await unseal(url)

  expect(status).toBe(400)
  expect(body).toEqual({ errors: ['Unseal failed, invalid key'] })
  expect((await mustAsk(url, { path: 'sys/health' })).status).toBe(503)
})
