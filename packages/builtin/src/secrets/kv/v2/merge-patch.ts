import { RawNumber } from '@chatelaine/sdk'
import type { Data } from './schemas.js'

/** An object with fields of its own, which a number that keeps its literal is not. */
export const isFields = (value: unknown): value is Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof RawNumber)

/** RFC 7396. Built from entries, so that a key such as `__proto__` is a key like any other. */
export function mergePatch(target: unknown, patch: Data): Data {
  const merged = new Map(isFields(target) ? Object.entries(target) : [])
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key)
    else merged.set(key, isFields(value) ? mergePatch(merged.get(key), value) : value)
  }
  return Object.fromEntries(merged)
}
