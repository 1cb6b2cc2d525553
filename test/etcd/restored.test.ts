import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { findEtcd } from '@chatelaine/etcd-cluster'
import { strict } from '@chatelaine/sdk'
import type { EtcdStorage } from '@chatelaine/storage'
import { describe, expect, it } from 'vitest'
import { eventually, put, stageFor, text } from './stage.js'

const run = promisify(execFile)
const stage = stageFor({ auth: false, nodes: 1 })
const three = stageFor({ auth: false })

const rewound = { code: 'storage.rewound', status: 503, message: expect.stringContaining('restart') }

/** Whatever it is asked, and whatever it is asked first. */
async function refusesAll(storage: EtcdStorage): Promise<void> {
  for (const attempt of [storage.catchUp(), storage.get('token'), storage.list(''), storage.commit([put('more')])]) await expect(attempt).rejects.toMatchObject(rewound)
  expect(storage.health()).toMatchObject({ state: 'rewound', problem: rewound.message })
}

/** Answers `rewound` as soon as etcd answers at all. Until then it is an outage like any other. */
const isRewound = (ask: () => Promise<unknown>) =>
  eventually(() => ask().then(() => { throw new Error('it was answered') }, (error: { code?: string }) => {
    if (error.code === undefined) throw error
    return error.code === 'storage.rewound'
  }))

async function backUp(file: string): Promise<void> {
  const { binary } = await findEtcd()
  const { caFile, certFile, keyFile } = stage.cluster.certificates('root')
  const args = ['snapshot', 'save', file, '--endpoints', stage.cluster.endpoints[0]!, '--cacert', caFile, '--cert', certFile, '--key', keyFile]
  await run(join(dirname(binary), 'etcdctl'), args, { env: { ETCDCTL_API: '3' } })
}

/** As an operator does it: etcd is stopped, its data replaced by a backup, and started at the addresses it had. */
async function restore(file: string, flags: readonly string[]): Promise<void> {
  const { binary } = await findEtcd()
  const [node] = stage.cluster.nodes
  const { name, endpoint } = node!
  const url = new URL(endpoint)
  const peer = `https://${url.hostname}:${Number(url.port) + 1}`
  await node!.kill()
  rmSync(join(stage.folder, name), { recursive: true })
  const own = ['--data-dir', join(stage.folder, name), '--name', name, '--initial-cluster', `${name}=${peer}`, '--initial-advertise-peer-urls', peer]
  await run(join(dirname(binary), 'etcdutl'), ['snapshot', 'restore', file, ...own, ...flags])
  await node!.start()
}

describe('etcd restored from a backup under running nodes', { timeout: 90_000 }, () => {
  const sameId = ['--initial-cluster-token', 'chatelaine']
  const bumped = ['--bump-revision', '1000000', '--mark-compacted']
  it.each([
    ['with another id', []],
    ['with its old id', sameId],
    ['with another id and higher revisions', bumped],
    ['with its old id and higher revisions', [...sameId, ...bumped]],
  ])('%s: is noticed by all of them, whatever they do first, and takes none of their writes', async (_, flags) => {
    const prefix = stage.prefix()
    const [writer, reader] = [await stage.store({ prefix }), await stage.store({ prefix })]
    await writer.commit([put('token', 'good')])
    const file = join(stage.folder, `${prefix.replaceAll('/', '-')}.db`)
    await backUp(file)
    // This one's lanes are not in the backup, and nor is what it writes, such as a key that was rotated.
    const later = await stage.store({ prefix })
    await later.commit([put('keyring', 'rotated')])
    await writer.commit([put('token', 'revoked since')])
    await reader.catchUp()
    await restore(file, flags)

    await isRewound(() => writer.commit([put('token', 'lost')]))
    // Somebody has started anew and gone on from there.
    const fresh = await eventually(() => stage.store({ prefix }).catch(() => undefined))
    for (let i = 0; i < 20; i++) await fresh.commit([put('since', `${i}`)])
    await isRewound(() => later.commit([put('keyring', 'lost')]))
    await isRewound(() => reader.catchUp())
    for (const storage of [writer, later, reader]) await refusesAll(storage)

    expect(await strict(fresh).get('keyring')).toBeUndefined()
    expect(text(await strict(fresh).get('token'))).toBe('good')
    expect(fresh.health().state).toBe('ok')
  })
})

describe('etcd begun anew under a running node', () => {
  it('is refused by who has seen a later state, and taken by who comes anew', { timeout: 60_000 }, async () => {
    const [storage, idle] = [await three.store(), await three.store()]
    await storage.commit([put('token', 'revoked since')])
    await idle.catchUp()
    const { nodes } = three.cluster
    for (const node of nodes) await node.kill()
    for (const { name } of nodes) rmSync(join(three.folder, name), { recursive: true })
    await Promise.all(nodes.map((node) => node.start()))

    await isRewound(() => storage.catchUp())
    await refusesAll(storage)
    const fresh = await three.store()
    await fresh.commit([put('token', 'as of then')])
    expect(text(await fresh.get('token'))).toBe('as of then')
    expect(fresh.health().state).toBe('ok')
  })
})
