import { formatDuration, RawNumber } from '@chatelaine/sdk'

/** A value as Go's `%v` prints it: what scripts that read Vault's tables expect. `[a b]`, `map[k:v]`, `<nil>`. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>'
  if (value instanceof RawNumber) return value.literal
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`
  if (typeof value !== 'object') return String(value)
  return `map[${sortedEntries(value).map(([key, inner]) => `${key}:${goText(inner)}`).join(' ')}]`
}

/** A list of strings as Go's `%q` prints it: `["default" "root"]`. */
export const goQuoted = (list: readonly string[] = []): string => `[${list.map((item) => JSON.stringify(item)).join(' ')}]`

/** Go's maps have no order, so Vault prints them sorted, by code point. */
export const sortedEntries = (value: object): [string, unknown][] =>
  Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))

/** Seconds as Vault prints them to people: `768h`, `1h5s`, `0s`. */
export function humanDuration(seconds: unknown): string {
  const total = Number(seconds instanceof RawNumber ? seconds.literal : seconds)
  if (!Number.isFinite(total) || typeof seconds === 'string') return goText(seconds)
  return formatDuration(total).replace(/m0s$/, 'm').replace(/h0m/, 'h')
}

/** A moment as Go prints it to people: `2026-01-02 03:04:05.123456789 +0000 UTC`. What is no moment stays as it is. */
export function goTime(moment: string): string {
  const [, day, clock, fraction = '', zone = ''] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(moment) ?? []
  if (day === undefined) return moment
  const kept = fraction.replace(/\.?0+$/, '')
  const offset = zone.replace(':', '')
  return `${day} ${clock}${kept} ${zone === 'Z' ? '+0000 UTC' : `${offset} ${offset}`}`
}

/** Whether a field of this name holds seconds. */
export const looksLikeDuration = (name: string): boolean =>
  /(^|_)(period|ttl|duration)$/.test(name) || name === 'lease_max' || name === 'ttl_max'
