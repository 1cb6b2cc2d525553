import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ask, etcdConfig, found, startNode } from './server.js'
import { eventually, stageFor } from './stage.js'

const stage = stageFor()

it('takes renewed certificates for etcd into use while it serves', { timeout: 60_000 }, async () => {
  const [caFile, certFile, keyFile] = ['ca', 'cert', 'key'].map((name) => join(stage.folder, `own-${name}.pem`)) as [string, string, string]
  const renew = (user: 'chatelaine' | 'backup') => {
    const from = stage.cluster.certificates(user)
    copyFileSync(from.caFile, caFile)
    copyFileSync(from.certFile, certFile)
    copyFileSync(from.keyFile, keyFile)
  }
  renew('chatelaine')
  const node = await startNode(stage, etcdConfig(stage, { caFile, certFile, keyFile }))
  const { root } = await found(node)
  const write = () => ask(node.url, { path: 'secret/data/k', token: root, input: { data: { v: 1 } } })
  const read = () => ask(node.url, { path: 'secret/data/k', token: root })
  expect(await write()).toMatchObject({ status: 200 })

  // The certificate of who may only read: which one is in use shows in what is refused.
  renew('backup')
  await node.server.reload()
  const refused = await eventually(async () => {
    const heard = await write()
    return heard !== 'lost' && heard.status !== 200 && heard.body['errors'][0].includes('denies') && heard
  })
  expect(refused).toMatchObject({ status: 500, body: { errors: [expect.stringContaining('"etcd bootstrap" does')] } })
  expect(await read()).toMatchObject({ status: 200 })

  renew('chatelaine')
  await node.server.reload()
  expect(await eventually(async () => (await write()) !== 'lost' && (await write()))).toMatchObject({ status: 200 })
})
