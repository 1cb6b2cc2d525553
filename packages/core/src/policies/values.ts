import { convertField, fieldsOf, namesOfField, type FieldShape } from '@chatelaine/sdk'
import type { Parameter } from './given.js'
import { isGlob, literalMatches, type Literal } from './literals.js'

/**
 * Whether a rule that denies `literal` means this parameter. Both are compared as the engine sees them: the literal is converted as
 * the field is. A list is meant where it holds what is denied, whatever stands beside it; so is a map, whose fields are compared as
 * they are declared, under all their names. Where in doubt it is meant.
 */
export function denies(literal: Literal, parameter: Parameter): boolean {
  const { value, sent, shape } = parameter
  if (literalMatches(literal, sent) || holds(literal, value)) return true
  if (!shape) return false
  const converted = convert(literal, parameter)
  // A pattern says nothing of a number, so which numbers its author meant cannot be told.
  if (converted === undefined) return isGlob(literal)
  return holds(converted, value) || mapDenies(converted, parameter) || (shape.globs === true && overlap(converted, value))
}

/** Whether a map has all the fields of a denied one with denied values, where the fields are declared. */
function mapDenies(literal: Literal, { value, shape }: Parameter): boolean {
  const declared = shape?.anyOf?.[0] ?? shape
  const fields = fieldsOf(declared?.known ?? declared)
  if (fields.length === 0 || !isMap(literal) || !isMap(value)) return false
  const shapes: ReadonlyMap<string, FieldShape> = new Map(fields)
  const means = (wanted: Literal, name: string): boolean => {
    const shape = shapes.get(name)
    if (!Object.hasOwn(value, name)) return false
    const sent = value[name]
    return denies(wanted, { name, names: [name], sent, value: shape ? convertField(name, shape, sent) ?? sent : sent, shape, inPath: false, implied: false })
  }
  const wanted = Object.entries(literal) as [string, Literal][]
  return wanted.length > 0 && wanted.every(([key, inner]) => namesOfField(fields, key).some((name) => means(inner, name)))
}

/** Whether a pattern in the request may fit a name that is denied; what stands between the ends of a pattern may be anything. */
function overlap(literal: Literal, value: unknown): boolean {
  const texts = (of: unknown) => (Array.isArray(of) ? of : [of]).filter((one) => typeof one === 'string')
  const ends = (text: string) => [text.split('*')[0] ?? '', text.split('*').at(-1) ?? ''] as const
  const fit = (a: string, b: string) => {
    const [[startA, endA], [startB, endB]] = [ends(a), ends(b)]
    return (startA.startsWith(startB) || startB.startsWith(startA)) && (endA.endsWith(endB) || endB.endsWith(endA))
  }
  return texts(literal).some((denied) => texts(value).some((pattern) => pattern.includes('*') && fit(denied, pattern)))
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
    return wanted.length > 0 && wanted.every((item) => value.some((one) => holds(item as Literal, one)))
  }
  if (!isMap(literal) || !isMap(value)) return false
  const wanted = Object.entries(literal)
  return wanted.length > 0 && wanted.every(([key, inner]) => Object.hasOwn(value, key) && holds(inner as Literal, value[key]))
}

/** Undefined where the field cannot have such a value. */
const convert = (literal: Literal, { name, shape }: Parameter): Literal | undefined => (shape ? (convertField(name, shape, literal) as Literal | undefined) : literal)

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)
