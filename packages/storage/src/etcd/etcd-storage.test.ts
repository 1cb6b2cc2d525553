import { storageContract } from '@chatelaine/sdk/testing'
import { strict } from '@chatelaine/sdk'
import { openEtcdStorage } from './open.js'
import { afterAll } from 'vitest'

const opened: { close(): Promise<void> }[] = []
let n = 0
const open = async (o = {}) => {
  const s = await openEtcdStorage({ endpoints: [32379, 32389, 32399].map((p) => `http://127.0.0.1:${p}`), prefix: `/t${process.pid}-${n++}`, ...o })
  opened.push(s)
  return s
}
afterAll(async () => { await Promise.all(opened.map((s) => s.close())) })
storageContract('etcd', async () => strict(await open()))
storageContract('etcd relaxed', () => open())
storageContract('etcd tiny cache', () => open({ cacheBytes: 1000 }))
storageContract('etcd stale', () => open({ maxStalenessMs: 10000 }))
