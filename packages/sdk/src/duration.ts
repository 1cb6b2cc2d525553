import { defineErrors } from './errors.js'

export const DurationError = defineErrors('duration', {
  invalid: { status: 400, text: () => 'not a duration: use seconds (300) or units as in "90s", "5m", "1h30m", "7d"' },
})

const seconds: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600, d: 86_400 }
// With units Go counts nanoseconds in 64 bits, and refuses what is longer.
const longest = 9_223_372_036
const part = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h|d)/y

/**
 * Seconds from what Vault's clients send: a number, digits, or Go's duration form with days added. A fraction of a second counts as
 * a whole one, because many fields take 0 for "no limit": only nothing is 0. Negative durations are kept, because some fields give
 * them a meaning. Throws `DurationError.invalid`.
 */
export const parseDuration = (value: unknown): number => checked(awayFromZero(exactSeconds(value)))

/** The same in whole milliseconds, for what is shorter than a second: "100ms". A number is seconds here too. */
export const parseMilliseconds = (value: unknown): number => checked(awayFromZero(exactSeconds(value) * 1000))

/** The next whole number, away from 0. What is whole but for the error of the sum, as in "1.1h", stays as it is. */
function awayFromZero(exact: number): number {
  const nearest = Math.round(exact)
  const whole = nearest !== 0 && Math.abs(exact - nearest) <= Math.abs(exact) * 1e-12
  const found = whole ? nearest : Math.sign(exact) * Math.ceil(Math.abs(exact))
  return found === 0 ? 0 : found
}

function exactSeconds(value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value !== 'string') throw DurationError.invalid()
  const text = value.trim()
  if (text === '') return 0
  if (/^[+-]?\d+$/.test(text)) return checked(Number(text))
  const sign = text.startsWith('-') ? -1 : 1
  const body = text.replace(/^[+-]/, '')
  let total = 0
  part.lastIndex = 0
  while (part.lastIndex < body.length) {
    const found = part.exec(body)
    if (!found) throw DurationError.invalid()
    total += Number(found[1]) * (seconds[found[2] ?? ''] ?? 0)
  }
  if (total > longest) throw DurationError.invalid()
  return sign * total
}

function checked(total: number): number {
  if (!Number.isSafeInteger(total)) throw DurationError.invalid()
  return total
}

/** The same without the units of which there are none, as Vault's warnings have it: `768h`, `1h30m`, `0s`. Fractions of a second are rounded. */
export function shortDuration(total: number): string {
  const text = formatDuration(Math.round(total)).replace(/(?<=[hm])0s$/, '').replace(/(?<=h)0m$/, '')
  return text === '' ? '0s' : text
}

/** Seconds as Go prints them, the form KV v2's configuration answers with: `0s`, `30m0s`, `8760h0m0s`. */
export function formatDuration(total: number): string {
  const sign = total < 0 ? '-' : ''
  const whole = Math.abs(Math.trunc(total))
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60]
  if (h > 0) return `${sign}${h}h${m}m${s}s`
  return m > 0 ? `${sign}${m}m${s}s` : `${sign}${s}s`
}
