import { path, reply } from '@chatelaine/sdk'
import type { SysContext } from './context.js'

/** `sys/leases/hold`: whether the restore of a snapshot has put off revoking what is due. */
export const heldLeasePaths = ({ node }: SysContext) => [
  path('leases/hold', 'Whether what is due is left unrevoked.', { sudo: true })
    .read({
      summary: 'Ask.',
      handle: async () => {
        const since = await node.leasesHeld()
        return reply({ data: { held: since !== undefined, held_since: since ?? null }, form: 'legacy' })
      },
    })
    .delete({ summary: 'Revoke what is due from now on.', handle: async () => void (await node.releaseLeases()) }),
]
