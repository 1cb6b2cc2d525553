export * from './errors.js'
export * from './lock.js'
