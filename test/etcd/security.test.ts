import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { Member, Members } from '@chatelaine/etcd'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openProxy } from './proxy.js'
import { etcdConfig, found, mustAsk, startNode } from './server.js'
import { stageFor } from './stage.js'

const stage = stageFor()

/** Every file below `folder`, but for those that are somebody's private keys. */
const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)).filter((file) => statSync(file).isFile() && !/\.(key|crt)$/.test(file))

/** Where a value might be seen: as it is, in hex, in base64 in each of its three alignments. */
function forms(secret: string): Buffer[] {
  const raw = Buffer.from(secret)
  const base64 = [0, 1, 2].map((shift) => Buffer.concat([Buffer.alloc(shift), raw]).toString('base64').slice(shift === 0 ? 0 : shift + 1, -4))
  return [raw, Buffer.from(raw.toString('hex')), ...base64.map((text) => Buffer.from(text))]
}

describe('a Vault on etcd', { timeout: 90_000 }, () => {
  it('lets no secret be seen in etcd, in its files, between the processes, or in a log', async () => {
    const proxies = await Promise.all(stage.cluster.endpoints.map(openProxy))
    onTestFinished(async () => void (await Promise.all(proxies.map((proxy) => proxy.close()))))
    const node = await startNode(stage, etcdConfig(stage, { endpoints: proxies.map(({ endpoint }) => endpoint) }))
    const { root, share } = await found(node)
    const [value, large, policy, cubby] = ['correct-horse-battery-staple', 'a-large-secret-0123456789'.repeat(60_000), 'policy-comment-nobody-reads', 'a-cubbyhole-of-ones-own']
    const call = (path: string, input: object, token = root) => mustAsk(node.url, { path, input, token })
    await call('secret/data/app', { data: { value } })
    await call('secret/data/large', { data: { value: large } })
    await call('sys/policies/acl/reader', { policy: `# ${policy}\npath "secret/*" { capabilities = ["read"] }` })
    const { client_token: token, accessor } = (await call('auth/token/create', { policies: ['reader'], ttl: '1h', meta: { who: 'meta-of-a-token' } })).body['auth']
    await call(`cubbyhole/${cubby}`, { value: 'in-the-cubbyhole' })
    await call('sys/rotate', {})
    expect((await mustAsk(node.url, { path: 'secret/data/app', token })).body['data'].data.value).toBe(value)

    const everything = await (await stage.members({ as: 'root' })).call('KV/Range', { key: '\0', range_end: '\uffff' }, { callMs: 20_000, patienceMs: 20_000 })
    const places = {
      etcd: Buffer.concat(everything.kvs.flatMap((kv) => [Buffer.from(kv.key), Buffer.from(kv.value)])),
      files: Buffer.concat(files(stage.folder).map((file) => readFileSync(file))),
      packets: Buffer.concat(proxies.flatMap(({ captured }) => captured)),
      log: readFileSync(node.logFile),
    }
    const secrets = { value, large: large.slice(0, 50), policy, root, share, token, accessor, meta: 'meta-of-a-token', hole: 'in-the-cubbyhole' }
    const seen = Object.entries(places).flatMap(([place, bytes]) =>
      Object.entries(secrets).filter(([, secret]) => forms(secret).some((form) => bytes.includes(form))).map(([name]) => `${name} in ${place}`),
    )

    expect(seen).toEqual([])
    // The search finds what is there: names of KV stand in clear (SECURITY.md), and every place has something in it.
    expect(places.etcd.includes('/app')).toBe(true)
    expect(places.files.includes('/app')).toBe(true)
    expect(places.packets.length).toBeGreaterThan(100_000)
    // In packets not even names are seen.
    expect(places.packets.includes('/data/core/keyring')).toBe(false)
  })

  it('may touch its prefix and nothing else, also from within a transaction', async () => {
    const [members, root] = [await stage.members(), await stage.members({ as: 'root' })]
    await root.call('KV/Put', { key: '/others', value: Buffer.from('secret of others') })
    const nested = (op: object) => members.call('KV/Txn', { success: [{ request_txn: { success: [op as never] } }] })
    const denied = { code: 'etcd.denied' }

    await expect(members.call('KV/Range', { key: '/others' })).rejects.toMatchObject(denied)
    await expect(members.call('KV/Put', { key: '/others', value: new Uint8Array() })).rejects.toMatchObject(denied)
    await expect(nested({ request_range: { key: '/others' } })).rejects.toMatchObject(denied)
    await expect(nested({ request_put: { key: '/others', value: new Uint8Array() } })).rejects.toMatchObject(denied)
    await expect(nested({ request_delete_range: { key: '/others' } })).rejects.toMatchObject(denied)
    await expect(members.call('KV/Range', { key: '/chatelaine', range_end: '/chatelaine1' })).rejects.toMatchObject(denied)
    await expect(members.call('Auth/UserAdd', { name: 'x', options: { no_password: true } })).rejects.toMatchObject(denied)
    await expect(members.call('Auth/AuthDisable', {})).rejects.toMatchObject(denied)
  })

  it('is not reached by who has no certificate, or one of another authority', async () => {
    const { ca } = stage.tls()
    const bare = new Members({ endpoints: stage.cluster.endpoints, tls: { ca }, shortMs: 500, patienceMs: 500 })
    onTestFinished(() => bare.close())
    await expect(bare.call('KV/Range', { key: '/chatelaine/' })).rejects.toMatchObject({ code: 'etcd.noQuorum' })
    const { makeCertificates } = await import('../support/certificates.js')
    const { mkdtempSync } = await import('node:fs')
    const other = await makeCertificates(mkdtempSync(join(stage.folder, 'other-')))
    const stranger = new Members({ endpoints: stage.cluster.endpoints, tls: { ca, cert: readFileSync(other.certFile), key: readFileSync(other.keyFile) }, shortMs: 500, patienceMs: 500 })
    onTestFinished(() => stranger.close())
    await expect(stranger.call('KV/Range', { key: '/chatelaine/' })).rejects.toMatchObject({ code: 'etcd.noQuorum' })
    const plain = new Members({ endpoints: stage.cluster.endpoints.map((one) => one.replace('https', 'http')), shortMs: 500, patienceMs: 500 })
    onTestFinished(() => plain.close())
    await expect(plain.call('KV/Range', { key: '/chatelaine/' })).rejects.toMatchObject({ code: 'etcd.noQuorum' })
  })

  it('tells who starts a server without a certificate, or trusting another authority, just that', async () => {
    const { ca } = stage.tls()
    const why = (reason: string) => ({ code: 'etcd.unreached', message: expect.stringMatching(new RegExp(`at https://127(\\.\\d+){3}:\\d+ did not answer: ${reason}; `)) })
    await expect(stage.store({ tls: { ca } })).rejects.toMatchObject(why('[a-z0-9 ]*certificate required'))
    await expect(stage.store({ tls: { ...stage.tls(), ca: stage.tls().cert } })).rejects.toMatchObject(why('[a-z ]*certificate[a-z ]*'))
    await expect(stage.store({ endpoints: ['https://127.0.0.1:1'] })).rejects.toMatchObject({ message: expect.stringContaining('did not answer: connect ECONNREFUSED 127.0.0.1:1; see whether') })
  })

  it('is not joined as a peer by who has the certificate of a client', async () => {
    const { cert, key } = stage.tls()
    for (const endpoint of stage.cluster.endpoints) {
      const port = Number(new URL(endpoint).port) + 1
      const refused = await new Promise<boolean>((resolve) => {
        const socket = connect({ host: '127.0.0.1', port, cert: Buffer.from(cert!), key: Buffer.from(key!), rejectUnauthorized: false })
        socket.on('secureConnect', () => socket.write('GET /members HTTP/1.1\r\nHost: x\r\n\r\n'))
        socket.on('data', () => resolve(false))
        socket.on('error', () => resolve(true))
        socket.on('close', () => resolve(true))
      })

      expect(refused).toBe(true)
    }
  })

  it('does not talk to a server whose certificate is of another authority, or for another name', async () => {
    const { makeCertificates } = await import('../support/certificates.js')
    const { mkdtempSync } = await import('node:fs')
    const other = await makeCertificates(mkdtempSync(join(stage.folder, 'other-')))
    const [endpoint] = stage.cluster.endpoints
    const distrustful = new Member({ endpoint: endpoint!, tls: { ...stage.tls(), ca: readFileSync(other.caFile) } })
    const misled = new Member({ endpoint: endpoint!, tls: { ...stage.tls(), serverName: 'etcd.example' } })
    onTestFinished(() => [distrustful, misled].forEach((member) => member.close()))

    await expect(distrustful.call('Cluster/MemberList', {}, 1000)).rejects.toMatchObject({ status: 503 })
    await expect(misled.call('Cluster/MemberList', {}, 1000)).rejects.toMatchObject({ status: 503 })
  })
})
