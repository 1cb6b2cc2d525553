import { convertField } from '@chatelaine/sdk'
import type { Parameter } from './given.js'
import { isGlob, literalMatches, type Literal } from './literals.js'

/**
 * Whether a rule that denies `literal` means this parameter. Both are compared as the engine sees them: the literal is converted as
 * the field is. A list is meant where it holds what is denied, whatever stands beside it; so is a map. Where in doubt it is meant.
 */
export function denies(literal: Literal, parameter: Parameter): boolean {
  const { value, sent, shape } = parameter
  if (literalMatches(literal, sent) || holds(literal, value)) return true
  if (!shape) return false
  const converted = convert(literal, parameter)
  // A pattern says nothing of a number, so which numbers its author meant cannot be told.
  return converted === undefined ? isGlob(literal) : holds(converted, value)
}

/** Whether rules that allow only these literals allow the parameter: a list or map as a whole, or each thing in it. */
export function allows(literals: readonly Literal[], parameter: Parameter): boolean {
  const { value, sent, shape } = parameter
  if (!shape) return literals.some((literal) => literalMatches(literal, value))
  const converted = literals.flatMap((literal) => {
    const one = convert(literal, parameter)
    return one === undefined ? [] : [one]
  })
  if (literals.includes('*') || converted.some((literal) => literalMatches(literal, value))) return true
  if (typeof value === 'object' && value !== null) return each(value, converted)
  return typeof value !== 'string' && literals.some((literal) => isGlob(literal) && literalMatches(literal, String(sent)))
}

/** Whether everything in a list or map is allowed alone. One with nothing in it is not. */
function each(value: object, literals: readonly Literal[]): boolean {
  const parts: readonly unknown[] = Array.isArray(value) ? value : Object.entries(value).map(([key, inner]) => ({ [key]: inner as unknown }))
  const singles = literals.flatMap((literal): readonly Literal[] => {
    if (Array.isArray(literal)) return literal.length === 1 ? (literal as readonly Literal[]) : []
    return isMap(literal) && Object.keys(literal).length === 1 ? [literal] : []
  })
  return parts.length > 0 && parts.every((part) => singles.some((literal) => literalMatches(literal, part)))
}

/** Whether all that `literal` names is in `value`. */
function holds(literal: Literal, value: unknown): boolean {
  if (literalMatches(literal, value)) return true
  if (Array.isArray(value)) {
    const wanted = Array.isArray(literal) ? (literal as readonly Literal[]) : [literal]
    return wanted.length > 0 && wanted.every((item) => value.some((one) => literalMatches(item, one)))
  }
  if (!isMap(literal) || !isMap(value)) return false
  const wanted = Object.entries(literal)
  return wanted.length > 0 && wanted.every(([key, inner]) => Object.hasOwn(value, key) && literalMatches(inner as Literal, value[key]))
}

/** Undefined where the field cannot have such a value. */
const convert = (literal: Literal, { name, shape }: Parameter): Literal | undefined => (shape ? (convertField(name, shape, literal) as Literal | undefined) : literal)

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)
