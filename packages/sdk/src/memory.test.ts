import { memoryStorage, view } from './memory.js'
import { snapshotContract, storageContract } from './testing/index.js'

storageContract('memory', memoryStorage)
storageContract('a view of memory', () => view(memoryStorage(), 'logical/1/'))
snapshotContract('memory', memoryStorage)
