import { strict } from '@chatelaine/sdk'
import { snapshotContract, storageContract } from '@chatelaine/sdk/testing'
import { stageFor } from './stage.js'

const stage = stageFor()

storageContract('etcd', () => stage.store())
storageContract('etcd, caught up before every read', async () => strict(await stage.store()))
storageContract('etcd, with memory for next to nothing', () => stage.store({ cacheBytes: 1000 }))
storageContract('etcd, with answers that may be old', () => stage.store({ maxStalenessMs: 3_600_000 }))
snapshotContract('etcd', () => stage.store())
