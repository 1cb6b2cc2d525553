import { path, reply } from '@chatelaine/sdk'
import { Type as T } from 'typebox'
import type { SysContext } from './context.js'

/** Sealing, and the barrier's own key. */
export const keyPaths = ({ keys }: SysContext) => [
  path('seal', 'Throw the keys away until the vault is unsealed again.', { sudo: true }).write({
    summary: 'Seal this node, or every node.',
    input: T.Object({ all: T.Optional(T.Boolean({ description: 'Seal every node that shares the storage.' })) }),
    handle: async ({ input }) => {
      if (input.all) return reply({ data: { ...(await keys.sealAll()) }, form: 'legacy' })
      await keys.seal()
      return undefined
    },
  }),
  ...([['rotate', 'rotate/keyring'], ['rotate/keyring', 'rotate']] as const).map(([at, other]) =>
    path(at, 'The key new records are encrypted with.', { sudo: true, also: [other] }).write({
      summary: 'Begin a new term; older records stay readable.',
      handle: async () => void (await keys.rotate()),
    }),
  ),
  path('key-status', 'The key new records are encrypted with.').read({
    summary: 'Its term, its age, and how often it was used.',
    handle: async () => {
      const { term, installTime, encryptions } = await keys.status()
      return reply({ data: { term, install_time: installTime.toISOString(), encryptions }, form: 'legacy' })
    },
  }),
]
