import { path, reply, RequestError } from '@chatelaine/sdk'
import type { SysContext } from './context.js'

/**
 * `sys/storage/snapshot`: everything as it lies in storage, below the barrier, at one moment. What comes is ciphertext but for
 * the names it lies under; it tells who holds it as much as a copy of the disk would.
 */
export const snapshotPaths = ({ snapshot }: SysContext) => [
  path('storage/snapshot', 'A copy of all that is stored, still encrypted.', { sudo: true }).read({
    summary: 'Download a snapshot.',
    handle: async () => {
      if (!snapshot) throw RequestError.unsupportedOperation()
      return reply({ stream: snapshot(), headers: { 'Content-Type': 'application/vnd.chatelaine.snapshot' } })
    },
  }),
]
