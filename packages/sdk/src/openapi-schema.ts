/** A schema as OpenAPI 3.0 spells it. */
export type OpenApiSchema = Readonly<Record<string, unknown>>

/** A declaration's schema: JSON Schema, with the forms that `fields.ts` adds under `vault`. */
type Declared = Readonly<Record<string, unknown>>

/** What Vault's clients send for a form that is not JSON's own: the code sees seconds, the wire "5m". */
const sent: Readonly<Record<string, OpenApiSchema>> = {
  duration: { type: 'string', format: 'duration' },
  'lease-ttl': { type: 'string', format: 'duration' },
}

/**
 * A declared schema in OpenAPI 3.0, which knows neither `patternProperties` nor the type null, nor keywords of others. `in` is what a
 * request may hold, `out` what an answer holds.
 */
export function openapiSchema(schema: Declared | undefined, way: 'in' | 'out'): OpenApiSchema {
  if (!schema) return {}
  const { anyOf, vault, ...rest } = schema
  if (Array.isArray(anyOf)) return unionOf(anyOf as Declared[], described(schema), way)
  if (way === 'in' && typeof vault === 'string' && sent[vault]) return { ...sent[vault], ...described(schema) }
  const plain = Object.entries(rest).flatMap(([name, value]) => keyword(name, value, way))
  return Object.fromEntries(plain)
}

const described = ({ description }: Declared) => (description === undefined ? {} : { description })

/** OpenAPI 3.0 has no null: what may be null is said to be nullable. */
function unionOf(members: readonly Declared[], more: object, way: 'in' | 'out'): OpenApiSchema {
  const kept = members.filter(({ type }) => type !== 'null').map((member) => openapiSchema(member, way))
  const nullable = kept.length < members.length ? { nullable: true } : {}
  const [only] = kept
  return kept.length === 1 ? { ...only, ...more, ...nullable } : { anyOf: kept, ...more, ...nullable }
}

const plainKeywords = ['type', 'description', 'required', 'enum', 'default', 'format', 'minimum', 'maximum', 'minLength', 'maxLength', 'pattern', 'minItems', 'maxItems']

function keyword(name: string, value: unknown, way: 'in' | 'out'): [string, unknown][] {
  if (name === 'properties') {
    const fields = Object.entries(value as Record<string, Declared>).map(([field, inner]) => [field, openapiSchema(inner, way)])
    return [['properties', Object.fromEntries(fields)]]
  }
  if (name === 'items') return [['items', openapiSchema(value as Declared, way)]]
  if (name === 'patternProperties') return [['additionalProperties', openapiSchema(Object.values(value as Record<string, Declared>)[0], way)]]
  if (name === 'additionalProperties') return [[name, typeof value === 'boolean' ? value : openapiSchema(value as Declared, way)]]
  if (name === 'const') return [['enum', [value]]]
  return plainKeywords.includes(name) ? [[name, value]] : []
}
