import { Name, path, reply } from '@chatelaine/sdk'
import { Type as T } from 'typebox'
import { MountError } from '../errors.js'
import { move } from '../mounts/change.js'
import type { SysContext } from './context.js'

const placed = (given: string) => {
  const path = `${given}/`
  return path.startsWith('auth/') ? ({ kind: 'auth', path: path.slice('auth/'.length) } as const) : ({ kind: 'secret', path } as const)
}

const queued = "Mount move has been queued. Progress will be reported in Vault's server log, tagged with the returned migration_id"

/** `sys/remount`: a mount under another name. It has moved before the answer goes out, so its status is always success. */
export const remountPaths = ({ change, mounts, log }: SysContext) => [
  path('remount', 'Move a mount.', { sudo: true }).write({
    summary: 'Move a mount to another path.',
    input: T.Object({ from: T.Optional(Name('bare-path', { description: 'Where it is.' })), to: T.Optional(Name('bare-path', { description: 'Where it is to be.' })) }),
    handle: async ({ input }) => {
      if (!input.from || !input.to) throw MountError.noPlaces()
      const { id, from, to } = await move(change, placed(input.from), placed(input.to))
      log('a mount has been moved', { migration_id: id, from, to })
      return reply({ data: { migration_id: id }, warnings: [queued], form: 'legacy' })
    },
  }),
  path('remount/status/{id}', 'How far a move has come.').read({
    summary: 'How far a move has come.',
    handle: async ({ params }) => {
      const moved = (await mounts.all()).flatMap(({ entry }) => entry.moves ?? []).find(({ id }) => id === params.id)
      if (!moved) return undefined
      const migration_info = { source_mount: moved.from, target_mount: moved.to, status: 'success' }
      return reply({ data: { migration_id: moved.id, migration_info } })
    },
  }),
]
