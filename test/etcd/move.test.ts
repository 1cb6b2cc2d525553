import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cli, type Io } from '@chatelaine/cli'
import { emptyConfig, openLog, startServer, type StorageConfig } from '@chatelaine/server'
import { describe, expect, it, onTestFinished } from 'vitest'
import { operatorCommands } from '../../apps/chatelaine/src/commands/operator/index.js'
import { etcdConfig, found, mustAsk, startNode } from './server.js'
import { stageFor } from './stage.js'

const stage = stageFor()

async function run(line: string, env: Record<string, string> = {}) {
  const said = { out: '', err: '' }
  const sink = (to: 'out' | 'err') => ({ write: (text: string) => void (said[to] += text) })
  const io: Io = { stdin: process.stdin, stdout: sink('out'), stderr: sink('err'), env: { ...process.env, ...env }, cwd: stage.folder, name: 'chatelaine' }
  return { code: await cli(line.split(' '), io, operatorCommands), ...said }
}

const stanza = (name: string, { path, ...user }: { path: string } & ReturnType<typeof files>) =>
  `${name} "etcd" { address = "${stage.cluster.endpoints.join(',')}" path = "${path}" tls_ca_file = "${user.caFile}" tls_cert_file = "${user.certFile}" tls_key_file = "${user.keyFile}" }\n`
const files = (user: 'chatelaine' | 'backup' = 'chatelaine') => stage.cluster.certificates(user)
const write = (name: string, text: string) => writeFileSync(join(stage.folder, name), text)

/** A server on any storage, with the key file that opened the Vault before it was moved. */
async function serverOn(storage: StorageConfig, keyFile: string) {
  const listener = { address: { host: '127.0.0.1', port: 0 }, tls: undefined, maxRequestSize: undefined, maxRequestDuration: undefined, requireRequestHeader: false }
  const config = { ...emptyConfig, storage, seal: { type: 'keyfile', path: keyFile } as const, listeners: [listener], logFile: join(stage.folder, 'moved.log') }
  const server = await startServer({ config, log: openLog(config) })
  onTestFinished(() => server.close())
  return { server, url: server.addresses[0] ?? '' }
}

/** More than etcd keeps under one key, in strings of a length that a door lets in. */
const large = { first: 'x'.repeat(1_000_000), second: 'y'.repeat(1_000_000) }

/** A Vault on etcd with something of every kind in it; closed again. */
async function filled() {
  const storage = etcdConfig(stage)
  const node = await startNode(stage, storage)
  const { root } = await found(node)
  const keyFile = node.config.seal?.path ?? ''
  for (let i = 0; i < 30; i++) await mustAsk(node.url, { path: `secret/data/many/${i}`, token: root, input: { data: { i } } })
  await mustAsk(node.url, { path: 'secret/data/large', token: root, input: { data: large } })
  await mustAsk(node.url, { path: 'sys/policies/acl/reader', token: root, input: { policy: 'path "secret/data/*" { capabilities = ["read"] }' } })
  const token = (await mustAsk(node.url, { path: 'auth/token/create', token: root, input: { policies: ['reader'], ttl: '1h' } })).body['auth'].client_token as string
  return { node, storage, keyFile, root, token }
}

async function expectAll(url: string, token: string) {
  for (const i of [0, 17, 29]) expect((await mustAsk(url, { path: `secret/data/many/${i}`, token })).body['data'].data).toEqual({ i })
  expect((await mustAsk(url, { path: 'secret/data/large', token })).body['data'].data).toEqual(large)
  expect((await mustAsk(url, { path: 'secret/data/many/1', token, input: { data: {} } })).status).toBe(403)
}

describe('a Vault', { timeout: 120_000 }, () => {
  it('moves from etcd to a folder and from there to etcd again, whole, and only while nobody uses it', async () => {
    const { node, storage, keyFile, token } = await filled()
    const moved = join(stage.folder, 'moved')
    write('out.hcl', stanza('storage_source', { path: storage.path, ...files() }) + `storage_destination "embedded" { path = "${moved}" }\n`)
    expect(await run('operator migrate -config=out.hcl')).toMatchObject({ code: 1, err: expect.stringContaining('127.0.0.1') })
    await node.server.close()
    expect(await run('operator migrate -config=out.hcl')).toMatchObject({ code: 0, out: expect.stringContaining('read back and found equal') })

    const onFolder = await serverOn({ type: 'embedded', path: moved }, keyFile)
    await expectAll(onFolder.url, token)
    await onFolder.server.close()

    const path = stage.prefix()
    write('in.hcl', `storage_source "embedded" { path = "${moved}" }\n` + stanza('storage_destination', { path, ...files() }))
    expect(await run('operator migrate -config=in.hcl')).toMatchObject({ code: 0 })
    expect(await run('operator migrate -config=in.hcl')).toMatchObject({ code: 1, err: expect.stringContaining('-force') })
    const again = await serverOn(etcdConfig(stage, { path }), keyFile)
    await expectAll(again.url, token)
  })

  it('is backed up while it serves, by who may only read, and restored with its leases held', async () => {
    const { node, storage, keyFile, root, token } = await filled()
    write('passphrase', 'correct horse battery staple')
    write('backup.hcl', stanza('storage', { path: storage.path, ...files('backup') }))
    let writing = true
    const writer = (async () => {
      for (let i = 0; writing; i++) await mustAsk(node.url, { path: `secret/data/later/${i}`, token: root, input: { data: { i } } })
    })()
    const saved = await run('operator snapshot save -config=backup.hcl -passphrase-file=passphrase backup.age')
    writing = false
    await writer
    expect(saved).toMatchObject({ code: 0 })
    const bytes = readFileSync(join(stage.folder, 'backup.age'))
    for (const seen of ['core/keyring', 'many/1', root, 'logical/']) expect(bytes.includes(seen)).toBe(false)

    const path = stage.prefix()
    write('restore.hcl', stanza('storage', { path, ...files() }))
    expect(await run('operator snapshot restore -config=restore.hcl -passphrase-file=passphrase -hold-leases backup.age')).toMatchObject({ code: 0 })
    copyFileSync(keyFile, join(stage.folder, 'restored.key'))
    const restored = await serverOn(etcdConfig(stage, { path }), join(stage.folder, 'restored.key'))
    await expectAll(restored.url, token)
    const held = async () => (await mustAsk(restored.url, { path: 'sys/leases/hold', token: root })).body['data'].held
    expect(await held()).toBe(true)
    expect(await run('operator leases release', { VAULT_ADDR: restored.url, VAULT_TOKEN: root })).toMatchObject({ code: 0 })
    expect(await held()).toBe(false)
    expect(await run('operator snapshot restore -config=restore.hcl -passphrase-file=passphrase -force backup.age')).toMatchObject({ code: 1, err: expect.stringContaining('127.0.0.1') })
  })
})
