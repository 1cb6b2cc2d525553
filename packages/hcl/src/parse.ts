import { type ObjectValue } from './ast.js'
import { Cursor, defaultLimits, type Limits } from './cursor.js'
import { parseHcl } from './hcl.js'
import { parseJson } from './json.js'

/** Reads HCL1, or JSON when the first character is `{`. Whatever the text, the only thing thrown is `HclError`. */
export function parse(text: string, limits: Limits = defaultLimits): ObjectValue {
  const cursor = new Cursor(text, limits)
  return /^\uFEFF?\s*\{/.test(text) ? parseJson(cursor) : parseHcl(cursor)
}
