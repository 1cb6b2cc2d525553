export * from './mounted.js'
export * from './shared-memory.js'
export * from './snapshot-contract.js'
export * from './storage-contract.js'
