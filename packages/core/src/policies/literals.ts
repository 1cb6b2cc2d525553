import { RawNumber } from '@chatelaine/sdk'

/** A value written in a policy, to be compared with one in a request. */
export type Literal = string | number | boolean | null | readonly Literal[] | LiteralObject
export interface LiteralObject {
  readonly [key: string]: Literal
}

/**
 * Strings may begin or end with `*`. Numbers and booleans also match their text, for engines take `5` and `"5"`
 * alike: a policy that denies one must not be passed with the other.
 */
export function literalMatches(literal: Literal, value: unknown): boolean {
  if (typeof literal === 'string' && typeof value === 'string') return globMatches(literal, value)
  return same(literal, value)
}

/** Whether a literal is a pattern. */
export const isGlob = (literal: Literal): boolean => typeof literal === 'string' && (literal.startsWith('*') || literal.endsWith('*'))

function globMatches(glob: string, text: string): boolean {
  const start = glob.startsWith('*')
  const end = glob.length > 1 && glob.endsWith('*')
  const middle = glob.slice(start ? 1 : 0, end ? -1 : undefined)
  if (start) return end ? text.includes(middle) : text.endsWith(middle)
  return end ? text.startsWith(middle) : text === glob
}

function same(literal: Literal, value: unknown): boolean {
  if (literal === null) return value === null
  if (typeof literal !== 'object') return sameScalar(literal, value)
  if (isList(literal)) {
    return Array.isArray(value) && value.length === literal.length && literal.every((item, i) => literalMatches(item, value[i]))
  }
  if (!isPlainObject(value)) return false
  const keys = Object.keys(literal)
  return keys.length === Object.keys(value).length &&
    keys.every((key) => Object.hasOwn(value, key) && literalMatches(literal[key]!, value[key]))
}

function sameScalar(literal: string | number | boolean, value: unknown): boolean {
  if (value === null || value === undefined || Array.isArray(value) || isPlainObject(value)) return false
  const text = value instanceof RawNumber ? value.literal : String(value)
  if (typeof literal === 'number') return text.trim() !== '' && Number(text) === literal
  return text === String(literal)
}

function isList(literal: readonly Literal[] | LiteralObject): literal is readonly Literal[] {
  return Array.isArray(literal)
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
