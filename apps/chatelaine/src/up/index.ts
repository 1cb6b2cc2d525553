export { paint } from './story.js'
export { up, type Running, type UpIo, type UpOptions } from './up.js'
