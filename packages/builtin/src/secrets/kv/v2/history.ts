import type { Config } from './config.js'
import type { VersionInfo } from './schemas.js'

/**
 * One version as the history remembers it. Times are milliseconds since 1970: plain digits take the fastest way through
 * the parser.
 */
export interface Version {
  readonly created: number
  /** When it counts as deleted; may lie in the future. */
  readonly deletion?: number
  /** Deleted by request, which holds even on a node whose clock has not reached `deletion`. */
  readonly deleted?: true
  readonly destroyed?: true
}

/** What is kept about a secret beside its values: one record, and the guard of every change to the secret. */
export interface History {
  readonly created: number
  readonly updated: number
  readonly current: number
  /** 0 until the first version had to make room, as in Vault. */
  readonly oldest: number
  /** No value is stored at this version or below; between here and `oldest` one may still wait to be swept. */
  readonly swept: number
  readonly maxVersions: number
  readonly casRequired: boolean
  readonly deleteVersionAfter: number
  readonly custom: Readonly<Record<string, string>> | null
  /** Without holes, and the last one is `current`. */
  readonly versions: readonly Version[]
}

/** Every store takes 50 writes in one commit; this many values are removed at a time, which leaves room for the history. */
export const sweepSize = 48

const defaultMaxVersions = 10

export const newHistory = (now: number): History => ({
  created: now, updated: now, current: 0, oldest: 0, swept: 0,
  maxVersions: 0, casRequired: false, deleteVersionAfter: 0, custom: null, versions: [],
})

export const firstOf = ({ current, versions }: History) => current - versions.length + 1

export const versionOf = (history: History, number: number): Version | undefined =>
  history.versions[number - firstOf(history)]

export const isGone = ({ destroyed, deleted, deletion }: Version, now: number): boolean =>
  destroyed === true || deleted === true || (deletion !== undefined && deletion <= now)

/** Adds a version and lets the oldest make room: the values from the old `swept` to the new one are to be removed. */
export function addVersion(history: History, config: Config, now: number): History {
  const keep = Math.max(history.maxVersions, config.maxVersions) || defaultMaxVersions
  const current = history.current + 1
  const oldest = current - history.oldest >= keep ? current - keep + 1 : history.oldest
  return {
    ...history,
    updated: now,
    current,
    oldest,
    swept: Math.max(history.swept, Math.min(oldest - 1, history.swept + sweepSize)),
    versions: [...history.versions, { created: now, ...expiry(history, config, now) }].slice(-keep),
  }
}

/** Replaces the versions in `numbers` by what `change` makes of them. The same history when that is nothing new. */
export function changeVersions(
  history: History,
  numbers: readonly number[],
  change: (version: Version) => Version,
): History {
  const first = firstOf(history)
  const chosen = new Set(numbers)
  const versions = history.versions.map((version, i) => (chosen.has(first + i) ? change(version) : version))
  return versions.every((version, i) => version === history.versions[i]) ? history : { ...history, versions }
}

/** What a version becomes when it is deleted at `now`; one that is gone already stays as it is. */
export const deleteAt = (now: number) => (version: Version): Version =>
  isGone(version, now) ? version : { ...version, deletion: now, deleted: true }

// The last moment RFC 3339 can write; a longer life would end in a year of five digits.
const endOfTime = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/** When a version that lives from `now` on is to be deleted: the shorter of the secret's and the mount's time. */
export function expiry(history: History, config: Config, now: number): Pick<Version, 'deletion'> {
  if (config.deleteVersionAfter < 0) return {}
  const lives = [history.deleteVersionAfter, config.deleteVersionAfter].filter((seconds) => seconds > 0)
  return lives.length > 0 ? { deletion: Math.min(now + Math.min(...lives) * 1000, endOfTime) } : {}
}

export const timeOf = (at: number | undefined): string => (at === undefined ? '' : new Date(at).toISOString())

/** A version as it is shown. */
export const timesOf = ({ created, deletion, destroyed }: Version) => ({
  created_time: timeOf(created),
  deletion_time: timeOf(deletion),
  destroyed: destroyed === true,
})

export const infoOf = (history: History, number: number, version: Version): VersionInfo => ({
  version: number,
  ...timesOf(version),
  custom_metadata: history.custom,
})
