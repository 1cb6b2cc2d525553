import { asNumber, type Value } from '@chatelaine/hcl'
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

export const boundReaders = (bounds: Bounds) =>
  Object.fromEntries(Object.entries(settings).map(([setting, name]) => [setting, (v: Value) => void (bounds[name] = asNumber(v))]))
