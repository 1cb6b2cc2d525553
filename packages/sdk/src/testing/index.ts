export * from './mounted.js'
export * from './storage-contract.js'
