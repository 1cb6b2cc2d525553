import { isGiven, parametersOf, type DeclaredInput, type Parameter } from './given.js'
import { type Literal } from './literals.js'
import { allows, denies } from './values.js'

/** By lower-case name; an empty list means any value, the name `*` any name. */
export type ParameterValues = ReadonlyMap<string, readonly Literal[]>

/** What a rule asks of the parameters of a request. Absent where the rule asks nothing. */
export interface ParameterRules {
  readonly allowed?: ParameterValues
  readonly denied?: ParameterValues
  readonly required?: readonly string[]
}

export function hasParameterRules({ allowed, denied, required }: ParameterRules): boolean {
  return Boolean(allowed?.size || denied?.size || required?.length)
}

/** Unites the demands of two rules for one path. An empty list, any value, swallows a list of values. */
export function mergeParameters(one: ParameterRules, other: ParameterRules): ParameterRules {
  const allowed = mergeValues(one.allowed, other.allowed)
  const denied = mergeValues(one.denied, other.denied)
  const required = [...new Set([...(one.required ?? []), ...(other.required ?? [])])]
  return { ...(allowed && { allowed }), ...(denied && { denied }), ...(required.length && { required }) }
}

function mergeValues(one?: ParameterValues, other?: ParameterValues): ParameterValues | undefined {
  if (!one?.size || !other?.size) return one?.size ? one : other
  const merged = new Map(one)
  for (const [name, values] of other) {
    const known = merged.get(name)
    const any = values.length === 0 || known?.length === 0
    merged.set(name, any ? [] : [...(known ?? []), ...values])
  }
  return merged
}

/**
 * Vault's order: what is required must be there; no parameters at all are then fine; nothing denied may be there;
 * and where anything is allowed by name, everything must be. A parameter of the path is judged where a rule names it.
 */
export function parametersPass(rules: ParameterRules, data: Readonly<Record<string, unknown>> = {}, declared?: DeclaredInput): boolean {
  const { allowed, denied, required = [] } = rules
  if (!required.every((name) => isGiven(name, data, declared))) return false

  const given = parametersOf(data, declared)
  if (denied?.has('*') && given.some(({ inPath }) => !inPath)) return false
  return given.every((parameter) => !refuses(denied?.get(parameter.name), parameter) && permits(allowed, parameter))
}

function refuses(values: readonly Literal[] | undefined, parameter: Parameter): boolean {
  return values !== undefined && (values.length === 0 || values.some((literal) => denies(literal, parameter)))
}

function permits(allowed: ParameterValues | undefined, parameter: Parameter): boolean {
  if (!allowed?.size) return true
  const values = allowed.get(parameter.name)
  if (!values) return parameter.inPath || allowed.has('*')
  return values.length === 0 || allows(values, parameter)
}
