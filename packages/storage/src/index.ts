export * from './errors.js'
export { openLogStorage, type LogOptions } from './log/open.js'
