import { path, reply, type Call, type Reply } from '@chatelaine/sdk'
import { Type as T, type Static } from 'typebox'
import { KvError } from '../errors.js'
import { refuseFolder } from '../listing.js'
import { checkCas } from './cas.js'
import { changeSecret, secretExists, sweep, type Found, type Outcome } from './change.js'
import {
  addVersion, changeVersions, deleteAt, infoOf, isGone, newHistory, versionOf, type History,
} from './history.js'
import { mergePatch } from './merge-patch.js'
import { SecretVersion, VersionInfo, Which, WriteInput, type Data } from './schemas.js'
import { openValue, putValue, readVersion } from './values.js'

type Writing = Call<{ readonly path: string }, Static<typeof WriteInput>>

export const data = path('data/{path+}', 'A secret and its past values.')
  .read({
    summary: 'Read a secret.',
    id: 'kv-read-data-path',
    input: T.Object({ version: Which }),
    output: SecretVersion,
    async handle(call) {
      const shown = await readVersion(call, call.params.path, call.input.version)
      if (!shown) return undefined
      const answer = { data: shown.data ?? null, metadata: shown.info }
      return shown.data ? answer : reply({ status: 404, data: answer })
    },
  })
  .write({
    summary: 'Add a version, creating the secret if need be.',
    id: 'kv-write-data-path',
    input: WriteInput,
    output: VersionInfo,
    exists: ({ storage, params }) => secretExists(storage, params.path),
    handle: writeData,
  })
  .patch({
    summary: 'Add a version that differs from the current one in the fields given; null removes a field.',
    id: 'kv-patch-data-path',
    answers: { statuses: [200, 404] },
    input: WriteInput,
    output: VersionInfo,
    handle: patchData,
  })
  .delete({
    summary: 'Delete the current version. It can be undeleted.',
    id: 'kv-delete-data-path',
    handle: ({ storage, records, clock, params }) =>
      changeSecret({ storage, records }, params.path, ({ history }) => {
        const now = clock.now().getTime()
        if (!history) return { answer: undefined }
        return { answer: undefined, history: changeVersions(history, [history.current], deleteAt(now)) }
      }),
  })

async function writeData({ storage, records, clock, params, input }: Writing): Promise<VersionInfo> {
  refuseFolder(params.path)
  if (input.data === undefined) throw KvError.noData()
  return changeSecret({ storage, records }, params.path, (found) => {
    checkCas(found, input.options)
    return withVersion(params.path, found, input.data, clock.now().getTime())
  })
}

async function patchData({ storage, records, clock, params, input }: Writing): Promise<VersionInfo | Reply> {
  if (input.data === undefined) throw KvError.noData()
  return changeSecret<VersionInfo | Reply>({ storage, records }, params.path, async (found) => {
    const { history, revision } = found
    if (!history) return { answer: reply({ status: 404 }) }
    checkCas(found, input.options)
    const now = clock.now().getTime()
    const number = history.current
    const version = versionOf(history, number)
    if (!version) return { answer: reply({ status: 404 }) }
    if (isGone(version, now)) return { answer: reply({ status: 404, data: infoOf(history, number, version) }) }
    const value = await openValue({ storage, records }, params.path, { number, version, revision })
    return value && withVersion(params.path, found, mergePatch(value, input.data), now)
  })
}

/** The secret with `value` as its newest version. */
async function withVersion(path: string, { config, history }: Found, value: Data, now: number): Promise<Outcome<VersionInfo>> {
  const before: History = history ?? newHistory(now)
  const after = addVersion(before, config, now)
  const version = after.versions[after.versions.length - 1] ?? { created: now }
  return {
    answer: infoOf(after, after.current, version),
    history: after,
    values: [await putValue(path, after.current, { created: now, data: value }), ...sweep(path, before.swept, after.swept)],
  }
}
