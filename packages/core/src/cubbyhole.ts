import { decodeData, encodeData, engine, path, reply, type Call } from '@chatelaine/sdk'
import { Type as T } from 'typebox'
import { CoreError } from './errors.js'

/** Under a token's storage name, where nobody but its holder looks. */
const own = ({ caller }: Pick<Call<unknown, unknown>, 'caller'>, name: string) => {
  if (!caller) throw CoreError.permissionDenied()
  return `${caller.tokenKey}/${name}`
}

/** A drawer each token has for itself, gone when the token goes. Not even root can open another's. */
export const cubbyhole = engine({
  type: 'cubbyhole',
  help: 'Secrets that only the token that wrote them can read, removed with it.',
  paths: [
    path('{path*}', 'A secret of your own token.')
      .read({
        summary: 'Read it.',
        id: 'cubbyhole-read',
        output: T.Record(T.String(), T.Unknown()),
        handle: async (call) => {
          const entry = await call.storage.get(own(call, call.params.path))
          return entry && reply({ data: await decodeData<Record<string, unknown>>(entry.value) })
        },
      })
      .list({
        summary: 'List names.',
        id: 'cubbyhole-list-path',
        output: T.Object({ keys: T.Array(T.String()) }),
        handle: async (call) => {
          const folder = call.params.path === '' ? '' : `${call.params.path.replace(/\/$/, '')}/`
          return { keys: await call.storage.list(own(call, folder)) }
        },
      })
      .write({
        summary: 'Write it.',
        id: 'cubbyhole-write',
        input: T.Record(T.String(), T.Unknown()),
        exists: async (call) => (await call.storage.get(own(call, call.params.path))) !== undefined,
        handle: async (call) => {
          if (call.params.path === '') throw CoreError.invalid({ problem: 'missing path' })
          if (Object.keys(call.input).length === 0) throw CoreError.invalid({ problem: 'missing data fields' })
          await call.storage.commit([{ put: own(call, call.params.path), value: await encodeData(call.input) }])
          return undefined
        },
      })
      .delete({
        summary: 'Delete it.',
        id: 'cubbyhole-delete',
        handle: async (call) => void (await call.storage.commit([{ remove: own(call, call.params.path) }])),
      }),
  ],
})
