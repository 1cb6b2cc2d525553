import { decodeRecord, encodeRecord, untilCommitted, type Call, type Storage, type Write } from '@chatelaine/sdk'
import { configKey, historyKey, versionKey } from '../layout.js'
import { loadConfig, type Config } from './config.js'
import type { History } from './history.js'

/** A secret as it was found, and the settings it is under. */
export interface Found {
  readonly config: Config
  readonly history: History | undefined
  readonly revision: bigint
}

export interface Outcome<A> {
  readonly answer: A
  /** What becomes of the history: null removes it, nothing given, or the one that was found, leaves all as it is. */
  readonly history?: History | null
  /** Values that change with it. */
  readonly values?: readonly Write[]
}

/** What a change needs of the request it is made for. */
export type Changing = Pick<Call<unknown, unknown>, 'storage' | 'records'>

/**
 * The only way a secret changes. `decide` is told what is there and says what shall be; that is one commit, which holds
 * only while neither the history nor the mount's settings have moved. Otherwise `decide` is asked again about what is
 * there now, so it must do nothing but read; it may itself answer false when it noticed the race. On one node changes take
 * turns: many who write one secret at once would lose nearly every race against each other.
 */
export function changeSecret<A>(
  { storage, records }: Changing,
  path: string,
  decide: (found: Found) => Outcome<A> | Promise<Outcome<A> | false>,
): Promise<A> {
  const key = historyKey(path)
  const change = () => untilCommitted(async () => {
    const [settings, entry] = await Promise.all([loadConfig(storage), storage.get(key)])
    const revision = entry?.revision ?? 0n
    const history = entry && decodeRecord<History>(entry.value)
    const outcome = await decide({ config: settings.config, history, revision })
    if (outcome === false) return false
    if (outcome.history === undefined || outcome.history === history) return { answer: outcome.answer }
    const own: Write = outcome.history ? { put: key, value: encodeRecord(outcome.history) } : { remove: key }
    const guards = [{ key, revision }, { key: configKey, revision: settings.revision }]
    return (await storage.commit([own, ...(outcome.values ?? [])], guards)) && { answer: outcome.answer }
  })
  return records.turn(key, change).then(({ answer }) => answer)
}

/** Whether a write changes a secret rather than making one. */
export const secretExists = async (storage: Storage, path: string): Promise<boolean> =>
  (await storage.get(historyKey(path))) !== undefined

/** Removes the values after version `swept` up to version `last`. */
export const sweep = (path: string, swept: number, last: number): Write[] =>
  Array.from({ length: Math.max(0, last - swept) }, (_, i) => ({ remove: versionKey(path, swept + 1 + i) }))
