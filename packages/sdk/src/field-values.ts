import { RawNumber } from './json.js'

/** How lenient a value on the wire may be read: each of these gives undefined for what it cannot read. */

/** An object, and neither a list nor a number that is kept as it was written. */
export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof RawNumber)

export const plain = (value: unknown) => (value instanceof RawNumber ? value.literal : value)

export function text(value: unknown): string | undefined {
  const v = plain(value)
  return typeof v === 'string' ? v : typeof v === 'number' || typeof v === 'boolean' ? String(v) : undefined
}

export function whole(value: unknown): number | undefined {
  const v = plain(value)
  const number = typeof v === 'string' && /^\s*[+-]?\d+\s*$/.test(v) ? Number(v) : v
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined
}

/** As loosely as the check-and-set parameter of Vault is read: true and 1.0 are 1; false, null and "" are 0. */
export function looseWhole(value: unknown): number | undefined {
  const v = plain(value)
  const number = typeof v === 'object' && v !== null ? NaN : Number(v)
  return Number.isSafeInteger(number) ? number : undefined
}

const trueWords = ['1', 't', 'T', 'TRUE', 'true', 'True']
const falseWords = ['0', 'f', 'F', 'FALSE', 'false', 'False', '']

/** Go's idea of a boolean in text, which is what Vault's clients send in query strings. */
export function truth(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  const word = text(value)
  if (word === undefined) return undefined
  return trueWords.includes(word) ? true : falseWords.includes(word) ? false : undefined
}

/** As many as a list in JSON may have: "a,b" is a list too, and a short text of commas a very long one. */
const mostItems = 10_000

export type Refuse = (wanted: string) => Error

export function listOf(value: unknown, refuse: Refuse): readonly unknown[] {
  const word = Array.isArray(value) ? undefined : text(value)
  const items: readonly unknown[] = Array.isArray(value) ? value : word === undefined ? [value] : word.split(',', mostItems + 1)
  if (items.length > mostItems) throw refuse(`at most ${mostItems} items`)
  return word === undefined ? items : trimmed(items as readonly string[])
}

const trimmed = (items: readonly string[]) =>
  items.map((item) => item.trim()).filter((item) => item !== '')

export function pairs(value: unknown, refuse: Refuse, nulls = false): Record<string, string | null> | undefined {
  if (isMap(value)) {
    const entries = Object.entries(value).map(([key, inner]) => [key, nulls && inner === null ? null : text(inner)] as const)
    return entries.every(([, inner]) => inner !== undefined) ? (Object.fromEntries(entries) as Record<string, string | null>) : undefined
  }
  const parts = listOf(value, refuse).map((item) => /^([^=]+)=(.*)$/s.exec(text(item) ?? ''))
  return parts.every((found) => found) ? Object.fromEntries(parts.map((found) => [found?.[1] ?? '', found?.[2] ?? ''])) : undefined
}
