import { StorageError } from './errors.js'

/** Gives `key` back, or says why no store here could keep it apart from others. */
export function checkedKey(key: string, largest: number): string {
  if (key === '') throw StorageError.badKey({ problem: 'may not be empty' })
  if (key.includes('\0')) throw StorageError.badKey({ problem: 'may not hold a NUL' })
  // Half a surrogate pair has no UTF-8: every such key would become the same one.
  if (/\p{Surrogate}/u.test(key)) throw StorageError.badKey({ problem: 'must be well-formed Unicode' })
  if (Buffer.byteLength(key) > largest) throw StorageError.badKey({ problem: `may not pass ${largest} bytes` })
  return key
}
