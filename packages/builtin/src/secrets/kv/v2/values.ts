import { encodeData, untilCommitted, type Call, type Write } from '@chatelaine/sdk'
import { KvError } from '../errors.js'
import { historyKey, versionKey } from '../layout.js'
import { loadConfig } from './config.js'
import { infoOf, isGone, versionOf, type History, type Version } from './history.js'
import type { Data, VersionInfo } from './schemas.js'

/** A value as stored. `created` ties it to its line in the history. */
interface Value {
  readonly created: number
  readonly data: Data
}

export const putValue = async (path: string, version: number, value: Value): Promise<Write> => ({
  put: versionKey(path, version),
  value: await encodeData(value),
})

/** A version that was asked for; without `data` when it was deleted or destroyed. */
export interface Shown {
  readonly info: VersionInfo
  readonly data: Data | undefined
}

type Reading = Pick<Call<unknown, unknown>, 'storage' | 'records' | 'clock'>

/** The value at version `wanted`, or at the current one when that is 0. Undefined when there is no such version. */
export function readVersion(call: Reading, path: string, wanted = 0): Promise<Shown | undefined> {
  const { storage, records, clock } = call
  return untilCommitted(async () => {
    const found = await records.get<History>(historyKey(path))
    if (!found) {
      await loadConfig(storage)
      return undefined
    }
    const history = found.value
    const number = wanted > 0 ? wanted : history.current
    const version = versionOf(history, number)
    if (!version) return undefined
    const info = infoOf(history, number, version)
    if (isGone(version, clock.now().getTime())) return { info, data: undefined }
    const data = await openValue(call, path, { number, version, revision: found.revision })
    return data && { info, data }
  })
}

/**
 * The value of a version that the history, as it was at `revision`, says is there. False when the secret has changed
 * since: between two looks a value may be swept away, or the whole secret deleted and written anew from version 1.
 */
export async function openValue(
  { storage, records }: Pick<Reading, 'storage' | 'records'>,
  path: string,
  { number, version, revision }: { number: number; version: Version; revision: bigint },
): Promise<Data | false> {
  const found = await records.get<Value>(versionKey(path, number))
  if (found?.value.created === version.created) return found.value.data
  // A node may have read the value anew and still remember the history as it was, so the storage itself is asked.
  if (await storage.commit([], [{ key: historyKey(path), revision }])) throw KvError.versionLost({ version: number })
  return false
}
