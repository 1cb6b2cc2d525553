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
  if (denied?.has('*') && given.some(({ inPath, implied }) => !inPath && !implied)) return false
  return given.every((parameter) => !refuses(denied, parameter) && permits(allowed, parameter))
}

function refuses(denied: ParameterValues | undefined, parameter: Parameter): boolean {
  if (!denied) return false
  return parameter.names.some((name) => {
    const values = denied.get(name)
    return values !== undefined && ((values.length === 0 && !parameter.implied) || values.some((literal) => denies(literal, parameter)))
  })
}

function permits(allowed: ParameterValues | undefined, parameter: Parameter): boolean {
  if (!allowed?.size || parameter.implied) return true
  const values = parameter.names.flatMap((name) => allowed.get(name) ?? [])
  if (!parameter.names.some((name) => allowed.has(name))) return parameter.inPath || allowed.has('*')
  return parameter.names.some((name) => allowed.get(name)?.length === 0) || allows(values, parameter)
}
