import { RawNumber } from '@chatelaine/sdk'
import { Document, Scalar } from 'yaml'
import { sortedEntries } from './go-text.js'

/** YAML with sorted keys, as Vault prints it; number literals are kept. */
export const yamlText = (value: unknown): string => new Document(prepared(value)).toString({ lineWidth: 0 })

function prepared(value: unknown): unknown {
  if (value instanceof RawNumber) return numeral(value.literal)
  if (Array.isArray(value)) return value.map(prepared)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(sortedEntries(value).filter(([, inner]) => inner !== undefined).map(([key, inner]) => [key, prepared(inner)]))
}

function numeral(literal: string): unknown {
  if (/^-?\d+$/.test(literal)) return BigInt(literal)
  const scalar = new Scalar(Number(literal))
  scalar.minFractionDigits = /\.(\d+)$/.exec(literal)?.[1]?.length ?? 0
  return scalar
}
