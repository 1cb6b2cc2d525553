import { KvError } from '../errors.js'

export type CustomMetadata = Readonly<Record<string, string>>

const mostKeys = 64
const longestKey = 128
const longestValue = 512

// What Go calls printable: letters, marks, numbers, punctuation, symbols and the plain space.
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u

/** Custom metadata within its limits; an empty one is none. */
export function acceptCustomMetadata(given: CustomMetadata): CustomMetadata | null {
  const entries = Object.entries(given)
  const problems =
    entries.length > mostKeys
      ? [`payload must contain at most ${mostKeys} keys, provided ${entries.length}`]
      : entries.flatMap(([key, value], index) => [...problemsOf(index + 1, key, value)])
  if (problems.length > 0) throw KvError.customMetadata({ problems })
  return entries.length > 0 ? given : null
}

/** A key is told by its number: where somebody mistook the form, a key is the secret. */
function* problemsOf(number: number, key: string, value: string): Generator<string> {
  const [keyLength, valueLength] = [Buffer.byteLength(key), Buffer.byteLength(value)]
  const name = `number ${number}`
  if (keyLength === 0 || keyLength > longestKey) {
    yield `length of key ${name} is ${keyLength} but must be 0 < len(key) <= ${longestKey}`
  }
  if (valueLength === 0 || valueLength > longestValue) {
    yield `length of value for key ${name} is ${valueLength} but must be 0 < len(value) <= ${longestValue}`
  }
  if (!printable.test(key)) yield `key ${name} contains unprintable characters`
  if (!printable.test(value)) yield `value for key ${name} contains unprintable characters`
}

/** `before` with the keys of `patch` set, or removed where it says null. */
export function patchCustomMetadata(before: CustomMetadata | null, patch: Readonly<Record<string, string | null>> | null | undefined): CustomMetadata | null {
  if (patch === undefined) return before
  if (patch === null) return null
  const merged = new Map(Object.entries(before ?? {}))
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key)
    else merged.set(key, value)
  }
  return acceptCustomMetadata(Object.fromEntries(merged))
}
