import { fieldsOf, meaningOf, namesOfField, type FieldShape } from '@chatelaine/sdk'
import type { TSchema } from 'typebox'

/** What the operation that a request leads to declares of it, once its input was accepted. */
export interface DeclaredInput {
  readonly schema: TSchema | undefined
  /** As the handler gets it; undefined where it could not be accepted. */
  readonly input: unknown
  /** Further values that ask for the same. */
  readonly otherwise?: Readonly<Record<string, readonly unknown[]>> | undefined
  /** Those of the path. */
  readonly params: Readonly<Record<string, string>>
}

/** A parameter of a request, as a rule looks at it. */
export interface Parameter {
  /** In lower case, as rules have names. */
  readonly name: string
  /** All names of the thing, this one among them. */
  readonly names: readonly string[]
  /** As it was sent. */
  readonly sent: unknown
  /** As the engine sees it. */
  readonly value: unknown
  /** What the engine declares it as; undefined for what it takes as it comes. */
  readonly shape: FieldShape | undefined
  /** Stands in the path, so only a rule that names it speaks of it. */
  readonly inPath: boolean
  /** Was not sent, but could have been instead of what was: only a rule that denies this value speaks of it. */
  readonly implied: boolean
}

/**
 * The parameters of a request as the engine will see them: what is declared is converted, a parameter of the path wins over one of
 * the same name in the body, and what a default fills in was not given.
 */
export function parametersOf(data: Readonly<Record<string, unknown>>, declared: DeclaredInput | undefined): Parameter[] {
  const asSent = ([name, sent]: readonly [string, unknown]): Parameter => {
    const own = name.toLowerCase()
    return { name: own, names: [own], sent, value: sent, shape: undefined, inPath: false, implied: false }
  }
  if (!declared) return Object.entries(data).map(asSent)
  const { schema, input, params, otherwise = {} } = declared
  const known = fieldsOf(schema)
  const fields = new Map(known)
  const accepted = (input ?? {}) as Readonly<Record<string, unknown>>
  const ofBody = Object.entries(data).flatMap(([name, sent]) => {
    const shape = fields.get(name)
    if (Object.hasOwn(params, name) && !shape) return []
    const names = shape ? namesOfField(known, name).map((one) => one.toLowerCase()) : undefined
    const given = { ...asSent([name, sent]), ...(names && { names }) }
    return [shape && Object.hasOwn(accepted, name) ? { ...given, value: meaningOf(shape, accepted[name]), shape } : given]
  })
  const ofPath = Object.entries(params).map(([name, value]) => ({ ...asSent([name, value]), inPath: true }))
  const implied = Object.entries(otherwise).flatMap(([name, values]) =>
    values.map((value) => ({ ...asSent([name, value]), shape: fields.get(name), implied: true })))
  return [...ofBody, ...ofPath, ...implied]
}

/** Whether the engine will be given anything under `name`: a null is as good as nothing where a field is declared. */
export function isGiven(name: string, data: Readonly<Record<string, unknown>>, declared: DeclaredInput | undefined): boolean {
  if (declared && Object.hasOwn(declared.params, name)) return true
  const fields = fieldsOf(declared?.schema)
  return namesOfField(fields, name).some((one) => Object.hasOwn(data, one) && (data[one] !== null || !fields.some(([field]) => field === one)))
}
