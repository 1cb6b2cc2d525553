import { Type as T, type Static, type TObject, type TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { parseDuration, parseMilliseconds } from './duration.js'
import { defineErrors } from './errors.js'
import { isMap, listOf, looseWhole, pairs, plain, text, truth, whole } from './field-values.js'
import { canonical, ruleOf, type Form } from './forms.js'

/** What a request may get wrong before any engine sees it. Sentences name the field, never the value: it may be a secret. */
export const RequestError = defineErrors('request', {
  unsupportedPath: { status: 404, text: () => '1 error occurred:\n\t* unsupported path\n\n' },
  unsupportedOperation: { status: 405, text: () => '1 error occurred:\n\t* unsupported operation\n\n' },
  invalidField: {
    status: 400,
    text: (d: { field: string; problem: string }) => `Field validation failed: error converting input for field "${d.field}": ${d.problem}`,
  },
  badName: { status: 400, text: (d: { field: string; rule: string }) => `${d.field} ${d.rule}` },
  missingField: { status: 400, text: (d: { field: string }) => `missing ${d.field}` },
})

type Options = Readonly<Record<string, unknown>>

/** Seconds in code; on the wire 300, "300" or "5m". */
export const Duration = (options: Options = {}) => T.Integer({ ...options, vault: 'duration' })

/** A list of strings; on the wire a list or "a,b". */
export const Strings = (options: Options = {}) => T.Array(T.String(), { ...options, vault: 'strings' })

/** A name in its only spelling, whichever was sent. */
export const Name = (form: Form, options: Options = {}) => T.String({ ...options, form })

/** A list of names, each in its only spelling; on the wire a list or "a,b". */
export const Names = (form: Form, options: Options = {}) => Strings({ ...options, form })

/** A list of whole numbers; on the wire a list or "1,2". */
export const Integers = (options: Options = {}) => T.Array(T.Integer(), { ...options, vault: 'integers' })

/** A map of strings; on the wire an object, or "k=v", or a list of those. */
export const Pairs = (options: Options = {}) => T.Record(T.String(), T.String(), { ...options, vault: 'pairs' })

/** A map whose keys are set, or removed where they say null. */
export const PairsPatch = (options: Options = {}) => T.Record(T.String(), T.Union([T.String(), T.Null()]), { ...options, vault: 'pairs-patch' })

/** Seconds; 0 for "system", which is the system's own. An empty text stands for a field that was not given. */
export const LeaseTtl = (options: Options = {}) => T.Integer({ ...options, minimum: -1, vault: 'lease-ttl' })

/** A whole number as loosely as Vault reads its check-and-set parameter. Null is 0 here. */
export const LooseInteger = (options: Options = {}) => T.Integer({ ...options, vault: 'loose-integer' })

/** For a patch, where null means that the field is to be unset: it is handed on, and elsewhere left out. */
export const Unsettable = <S extends TSchema>(schema: S) => T.Union([schema, T.Null()], { unsettable: true })

/**
 * What a field is declared as. `aliasOf` is the name that the same thing also has, so that a rule about either is about both. `globs`
 * says that the texts are patterns with `*`. `known` declares what is known of a map's fields that the engine reads by itself.
 * With `filled`, an empty or blank text stands for a field that was not given.
 */
export type FieldShape = TSchema & {
  readonly aliasOf?: string; readonly globs?: boolean; readonly known?: TSchema; readonly filled?: boolean
  readonly type?: string; readonly vault?: string; readonly form?: Form; readonly default?: unknown; readonly description?: string
  readonly unsettable?: boolean; readonly anyOf?: readonly FieldShape[]
}

/** The declared fields of an input schema; none where any object is welcome. */
export function fieldsOf(schema: TSchema | undefined): readonly (readonly [name: string, schema: FieldShape])[] {
  const properties = (schema as TObject | undefined)?.properties
  return properties ? Object.entries<FieldShape>(properties) : []
}

/** All names of the thing that `name` is a name of. */
export function namesOfField(fields: ReturnType<typeof fieldsOf>, name: string): readonly string[] {
  const main = fields.find(([field]) => field === name)?.[1].aliasOf ?? name
  return [name, ...fields.flatMap(([field, shape]) => (field !== name && (field === main || shape.aliasOf === main) ? [field] : []))]
}

/**
 * Checks `input` against `schema`, as lenient with forms as Vault is: "true" and 1 are true, "5m" is 300, "a,b" is a list.
 * Fields that are not declared are left out; a schema without fields (a record) takes the object whole.
 */
export function acceptInput<S extends TSchema>(schema: S | undefined, input: Readonly<Record<string, unknown>>): Static<S> {
  const fields = fieldsOf(schema)
  if (!schema || (fields.length === 0 && 'properties' in schema)) return {} as Static<S>
  if (isEmpty(input) && fields.every(([name, shape]) => shape.default === undefined && !isRequired(schema, name))) return {} as Static<S>
  const value = fields.length === 0 ? input : convertAll(fields, input)
  if (Value.Check(schema, value)) return value as Static<S>
  throw problem(schema, value)
}

function isEmpty(input: Readonly<Record<string, unknown>>): boolean {
  for (const _ in input) return false
  return true
}

const isRequired = (schema: TSchema, name: string) => (schema as Partial<TObject>).required?.includes(name) ?? false

function convertAll(fields: ReturnType<typeof fieldsOf>, input: Readonly<Record<string, unknown>>) {
  const out: Record<string, unknown> = {}
  for (const [name, shape] of fields) {
    const given = Object.hasOwn(input, name) ? input[name] : undefined
    const meant = given === null ? nullOf(shape) : given
    const value = meant === undefined ? shape.default : meant === null ? null : convert(name, shape, meant)
    const blank = shape.filled === true && typeof value === 'string' && value.trim() === ''
    if (value !== undefined && !blank) out[name] = value
  }
  return out
}

/** Null stands for what a field is without a value: for a truth that is false, also where leaving it out means true. */
function nullOf({ type, vault, unsettable }: FieldShape): unknown {
  if (unsettable) return null
  if (vault === 'loose-integer') return 0
  return type === 'boolean' ? false : undefined
}

function problem(schema: TSchema, value: unknown) {
  const [first] = Value.Errors(schema, value)
  const missing = first?.keyword === 'required' ? (first.params as { requiredProperties?: string[] }).requiredProperties?.[0] : undefined
  if (missing !== undefined) return RequestError.missingField({ field: missing })
  const field = first?.instancePath.replace(/^\//, '') || 'input'
  return RequestError.invalidField({ field, problem: first?.message ?? 'not as declared' })
}

/** A value that a field has taken as it is understood, for comparing: what is kept as it was given may mean what another does. */
export const meaningOf = ({ vault }: FieldShape, value: unknown): unknown => (vault === 'lease-ttl' && value === -1 ? 0 : value)

/** `value` as the field understands it, or undefined where it cannot. */
export function convertField(field: string, shape: FieldShape, value: unknown): unknown {
  try {
    return meaningOf(shape, convert(field, shape, value))
  } catch {
    return undefined
  }
}

function convert(field: string, shape: FieldShape, value: unknown): unknown {
  const refuse = (wanted: string) => RequestError.invalidField({ field, problem: `expected ${wanted}` })
  if (shape.unsettable && shape.anyOf?.[0]) return convert(field, shape.anyOf[0], value)
  switch (shape.vault ?? shape.type) {
    case 'lease-ttl':
      return leaseTtl(plain(value), refuse('a duration such as 300 or "5m", or "system"'))
    case 'loose-integer':
      return looseWhole(value) ?? raise(RequestError.invalidField({ field, problem: 'error parsing check-and-set parameter' }))
    case 'pairs-patch':
      return pairs(value, refuse, true) ?? raise(refuse('a map of strings'))
    case 'object':
      return object(shape, value, refuse)
    case 'duration':
      return orRefuse(() => parseDuration(plain(value)), refuse('a duration such as 300 or "5m"'))
    case 'strings':
      return listOf(value, refuse).map((item) => named(field, shape, text(item) ?? raise(refuse('a list of strings'))))
    case 'integers':
      return listOf(value, refuse).map((item) => whole(item) ?? raise(refuse('a list of whole numbers')))
    case 'pairs':
      return pairs(value, refuse) ?? raise(refuse('a map of strings, or "key=value"'))
    case 'boolean':
      return truth(value) ?? raise(refuse('true or false'))
    case 'integer':
      return whole(value) ?? raise(refuse('a whole number'))
    case 'string':
      return named(field, shape, text(value) ?? raise(refuse('a string')))
    default:
      return value
  }
}

/** An object field by field, where it is declared so. An empty text stands for one that was not given. */
function object(shape: FieldShape, value: unknown, refuse: (wanted: string) => Error): unknown {
  const fields = fieldsOf(shape)
  if (fields.length > 0 && value === '') return undefined
  if (!isMap(value)) throw refuse('a map')
  return fields.length > 0 ? convertAll(fields, value) : value
}

function leaseTtl(value: unknown, refusal: Error): number | undefined {
  if (typeof value === 'string' && value.trim() === '') return undefined
  if (value === 'system') return 0
  const seconds = orRefuse(() => parseDuration(value), refusal)
  // -1 means the system's own. What is negative and shorter was never meant so.
  if (seconds < 0 && orRefuse(() => parseMilliseconds(value), refusal) !== seconds * 1000) throw refusal
  return seconds
}

function named(field: string, { form }: FieldShape, given: string): string {
  if (form === undefined || given === '') return given
  return canonical(form, given) ?? raise(RequestError.badName({ field, rule: ruleOf(form) }))
}

function orRefuse<V>(attempt: () => V, refusal: Error): V {
  try {
    return attempt()
  } catch {
    throw refusal
  }
}

function raise(error: Error): never {
  throw error
}
