import { path } from '@chatelaine/sdk'
import { KvError } from '../errors.js'
import { versionKey } from '../layout.js'
import { changeSecret, type Changing } from './change.js'
import { changeVersions, deleteAt, expiry, sweepSize, versionOf, type Version } from './history.js'
import { VersionsInput } from './schemas.js'

export const deleteVersions = path('delete/{path+}', 'Deletes versions so that they can be undeleted.').write({
  summary: 'Delete the versions given.',
  id: 'kv-write-delete-path',
  input: VersionsInput,
  async handle({ storage, records, clock, params, input }) {
    if (!input.versions?.length) throw KvError.noVersions()
    return changeSecret({ storage, records }, params.path, ({ history }) => {
      if (!history) return { answer: undefined }
      return { answer: undefined, history: changeVersions(history, input.versions, deleteAt(clock.now().getTime())) }
    })
  },
})

export const undeleteVersions = path('undelete/{path+}', 'Brings deleted versions back.').write({
  summary: 'Undelete the versions given; a destroyed one stays destroyed.',
  id: 'kv-write-undelete-path',
  input: VersionsInput,
  async handle({ storage, records, clock, params, input }) {
    if (!input.versions?.length) throw KvError.noVersions()
    return changeSecret({ storage, records }, params.path, ({ config, history }) => {
      if (!history) return { answer: undefined }
      const life = expiry(history, config, clock.now().getTime())
      const revive = (version: Version) => (version.destroyed ? version : { created: version.created, ...life })
      return { answer: undefined, history: changeVersions(history, input.versions, revive) }
    })
  },
})

export const destroyVersions = path('destroy/{path+}', 'Removes the values of versions for good.').write({
  summary: 'Destroy the versions given.',
  id: 'kv-write-destroy-path',
  input: VersionsInput,
  async handle({ storage, records, params, input }) {
    if (!input.versions?.length) throw KvError.noVersionsToDestroy()
    let done = false
    while (!done) done = await destroySome({ storage, records }, params.path, input.versions)
    return undefined
  },
})

/**
 * Destroys as many of `wanted` as one commit holds; true when none is left. Interrupted, it has destroyed some, and may
 * be asked again.
 */
function destroySome(call: Changing, path: string, wanted: readonly number[]): Promise<boolean> {
  return changeSecret(call, path, ({ history }) => {
    if (!history) return { answer: true }
    const standing = [...new Set(wanted)].filter((n) => versionOf(history, n) && !versionOf(history, n)?.destroyed)
    const now = standing.slice(0, sweepSize)
    return {
      answer: now.length === standing.length,
      history: changeVersions(history, now, (version) => ({ ...version, destroyed: true })),
      values: now.map((n) => ({ remove: versionKey(path, n) })),
    }
  })
}
