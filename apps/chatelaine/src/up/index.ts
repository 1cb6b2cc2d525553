export type { UpIo } from './io.js'
export type { TelegramOption } from './real.js'
export { paint } from './story.js'
export { up, type Running, type RunningOnTelegram, type UpOptions } from './up.js'
