import { type NumberValue } from './ast.js'
import { type Cursor } from './cursor.js'
import { type Position } from './errors.js'

const octal = /^-?0\d+$/

/** HCL1 reads `0x1f` as hexadecimal and, like C, `017` as octal. JSON's own grammar lets neither come this far. */
export function parseNumber(cursor: Cursor, text: string, at: Position): NumberValue {
  const size = text.replace(/^-/, '')
  const value = Number(octal.test(text) ? `0o${size.slice(1)}` : size)
  if (!Number.isFinite(value)) throw cursor.fail('the number is out of range', at)
  return { kind: 'number', value: text.startsWith('-') && value !== 0 ? -value : value, text, at }
}
