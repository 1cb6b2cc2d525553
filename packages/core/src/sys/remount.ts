import { uuid } from '@chatelaine/crypto'
import { path, reply } from '@chatelaine/sdk'
import { Type as T } from 'typebox'
import { move } from '../mounts/change.js'
import { mountPath } from '../mounts/entry.js'
import type { SysContext } from './context.js'

const placed = (given: string) => {
  const path = mountPath(given)
  return path.startsWith('auth/') ? ({ kind: 'auth', path: path.slice('auth/'.length) } as const) : ({ kind: 'secret', path } as const)
}

/** `sys/remount`: a mount under another name. It has moved before the answer goes out, so its status is always success. */
export const remountPaths = ({ change, mounts }: SysContext) => [
  path('remount', 'Move a mount.', { sudo: true }).write({
    summary: 'Move a mount to another path.',
    input: T.Object({ from: T.String({ description: 'Where it is.' }), to: T.String({ description: 'Where it shall be.' }) }),
    handle: async ({ input }) => {
      await move(change, placed(input.from), placed(input.to))
      const target = await mounts.at(placed(input.to).kind, placed(input.to).path)
      return reply({ data: { migration_id: target?.entry.uuid ?? uuid() }, form: 'legacy' })
    },
  }),
  path('remount/status/{id}', 'How far a move has come.').read({
    summary: 'How far a move has come.',
    handle: async ({ params }) => {
      const moved = (await mounts.all()).find(({ entry }) => entry.uuid === params.id)
      if (!moved) return undefined
      return reply({
        data: { migration_id: params.id, migration_info: { source_mount: '', target_mount: moved.address, status: 'success' } },
      })
    },
  }),
]
