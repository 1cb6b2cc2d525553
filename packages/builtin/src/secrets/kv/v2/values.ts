import { encodeRecord, untilCommitted, type Call, type Records, type Write } from '@chatelaine/sdk'
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

export const putValue = (path: string, version: number, value: Value): Write => ({
  put: versionKey(path, version),
  value: encodeRecord(value),
})

/** A version that was asked for; without `data` when it was deleted or destroyed. */
export interface Shown {
  readonly info: VersionInfo
  readonly data: Data | undefined
}

type Reading = Pick<Call<unknown, unknown>, 'storage' | 'records' | 'clock'>

/** The value at version `wanted`, or at the current one when that is 0. Undefined when there is no such version. */
export function readVersion({ storage, records, clock }: Reading, path: string, wanted = 0): Promise<Shown | undefined> {
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
    const data = await openValue(records, path, { number, version, revision: found.revision })
    return data && { info, data }
  })
}

/**
 * The value of a version that the history, as it was at `revision`, says is there. False when the secret has changed
 * since: between two looks a value may be swept away, or the whole secret deleted and written anew from version 1.
 */
export async function openValue(
  records: Records,
  path: string,
  { number, version, revision }: { number: number; version: Version; revision: bigint },
): Promise<Data | false> {
  const found = await records.get<Value>(versionKey(path, number))
  if (found?.value.created === version.created) return found.value.data
  const history = await records.get(historyKey(path))
  if (history?.revision === revision) throw KvError.versionLost({ version: number })
  return false
}
