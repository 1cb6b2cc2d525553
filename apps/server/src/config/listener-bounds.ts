import { asNumber, HclError, type Value } from '@chatelaine/hcl'
import type { BodyBounds } from './config.js'

export type Bounds = { -readonly [Name in keyof BodyBounds]: number }

/** Settings that bound bodies: Vault's, but for the first two. */
const settings: Readonly<Record<string, keyof BodyBounds>> = {
  max_unauthenticated_request_size: 'unauthenticatedSize',
  max_total_request_size: 'totalSize',
  max_json_depth: 'jsonDepth',
  max_json_string_value_length: 'jsonStringLength',
  max_json_object_entry_count: 'jsonObjectEntries',
  max_json_array_element_count: 'jsonArrayElements',
  max_json_token: 'jsonTokens',
}

/** Half a value is none, and none would be without bound to some readers and no value at all to others. */
export function count(value: Value): number {
  const given = asNumber(value)
  if (!Number.isSafeInteger(given)) throw new HclError('expected a whole number', value.at)
  return given
}

export const boundReaders = (bounds: Bounds) =>
  Object.fromEntries(Object.entries(settings).map(([setting, name]) => [setting, (v: Value) => void (bounds[name] = count(v))]))
