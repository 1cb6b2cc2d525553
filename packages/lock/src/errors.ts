import { defineErrors } from '@chatelaine/sdk'

export const LockError = defineErrors('lock', {
  held: {
    status: 500,
    text: (d: { path: string; pid: number | undefined }) =>
      `${d.path} is held by ${d.pid === undefined ? 'another process' : `process ${d.pid}`}; stop that one first`,
  },
  cannotLock: {
    status: 500,
    text: (d: { path: string; reason: string }) => `cannot lock ${d.path}: ${d.reason}; on Linux this needs flock from util-linux`,
  },
})
