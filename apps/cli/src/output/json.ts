import { RawNumber, stringifyJson } from '@chatelaine/sdk'

/** Indented JSON that keeps number literals; `undefined` fields are left out. */
export function prettyJson(value: unknown, indent = ''): string {
  const inner = `${indent}  `
  if (value === undefined) return 'null'
  if (Array.isArray(value)) {
    return value.length ? `[\n${value.map((item) => inner + prettyJson(item, inner)).join(',\n')}\n${indent}]` : '[]'
  }
  if (typeof value !== 'object' || value === null || value instanceof RawNumber) return stringifyJson(value)
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  if (fields.length === 0) return '{}'
  const lines = fields.map(([key, field]) => `${inner}${JSON.stringify(key)}: ${prettyJson(field, inner)}`)
  return `{\n${lines.join(',\n')}\n${indent}}`
}
