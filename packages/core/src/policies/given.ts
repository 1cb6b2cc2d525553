import { fieldsOf, type FieldShape } from '@chatelaine/sdk'
import type { TSchema } from 'typebox'

/** What the operation that a request leads to declares of it, once its input was accepted. */
export interface DeclaredInput {
  readonly schema: TSchema | undefined
  /** As the handler gets it; undefined where it could not be accepted. */
  readonly input: unknown
  /** Those of the path. */
  readonly params: Readonly<Record<string, string>>
}

/** A parameter of a request, as a rule looks at it. */
export interface Parameter {
  /** In lower case, as rules have names. */
  readonly name: string
  /** As it was sent. */
  readonly sent: unknown
  /** As the engine sees it. */
  readonly value: unknown
  /** What the engine declares it as; undefined for what it takes as it comes. */
  readonly shape: FieldShape | undefined
  /** Stands in the path, so only a rule that names it speaks of it. */
  readonly inPath: boolean
}

/**
 * The parameters of a request as the engine will see them: what is declared is converted, a parameter of the path wins over one of
 * the same name in the body, and what a default fills in was not given.
 */
export function parametersOf(data: Readonly<Record<string, unknown>>, declared: DeclaredInput | undefined): Parameter[] {
  const asSent = ([name, sent]: [string, unknown]): Parameter => ({ name: name.toLowerCase(), sent, value: sent, shape: undefined, inPath: false })
  if (!declared) return Object.entries(data).map(asSent)
  const { schema, input, params } = declared
  const fields = new Map(fieldsOf(schema))
  const accepted = (input ?? {}) as Readonly<Record<string, unknown>>
  const ofBody = Object.entries(data).flatMap(([name, sent]) => {
    const shape = fields.get(name)
    if (Object.hasOwn(params, name) && !shape) return []
    const converted = shape && Object.hasOwn(accepted, name)
    return [converted ? { ...asSent([name, sent]), value: accepted[name], shape } : asSent([name, sent])]
  })
  const ofPath = Object.entries(params).map(([name, value]) => ({ ...asSent([name, value]), inPath: true }))
  return [...ofBody, ...ofPath]
}

/** Whether the engine will be given anything under `name`: a null is as good as nothing where a field is declared. */
export function isGiven(name: string, data: Readonly<Record<string, unknown>>, declared: DeclaredInput | undefined): boolean {
  if (declared && Object.hasOwn(declared.params, name)) return true
  if (!Object.hasOwn(data, name)) return false
  return data[name] !== null || !fieldsOf(declared?.schema).some(([field]) => field === name)
}
