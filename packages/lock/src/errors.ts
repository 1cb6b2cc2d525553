import { defineErrors } from '@chatelaine/sdk'

export const LockError = defineErrors('lock', {
  held: {
    status: 500,
    text: (d: { path: string; pid: number | undefined }) =>
      `${d.path} is held by ${d.pid === undefined ? 'another process' : `process ${d.pid}`}; stop that one first`,
  },
  notAFile: {
    status: 500,
    text: (d: { path: string }) => `${d.path} is a link, or no file of its own: what it leads to would be written over; remove it`,
  },
  cannotLock: {
    status: 500,
    text: (d: { path: string; reason: string }) => `cannot lock ${d.path}: ${d.reason}; on Linux this needs flock from util-linux`,
  },
})
