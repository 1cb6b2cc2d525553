import type { AnyOperation } from './engine.js'
import { openapiSchema, type OpenApiSchema } from './openapi-schema.js'

const text = { type: 'string' } as const
const whole = { type: 'integer' } as const
const truth = { type: 'boolean' } as const
const texts = { type: 'array', items: text } as const
const map = { type: 'object', additionalProperties: text } as const

/** An object of which every field is there in every answer. */
const whollyOf = (properties: Readonly<Record<string, OpenApiSchema>>, optional: readonly string[] = []) => ({
  type: 'object', required: Object.keys(properties).filter((name) => !optional.includes(name)), properties,
})

const Auth = whollyOf(
  {
    client_token: text, accessor: text, policies: texts, token_policies: texts, identity_policies: texts, metadata: { ...map, nullable: true },
    lease_duration: whole, renewable: truth, entity_id: text, token_type: text, orphan: truth,
    mfa_requirement: { type: 'object', nullable: true }, num_uses: whole,
  },
  ['identity_policies'],
)

const WrapInfo = whollyOf(
  { token: text, accessor: text, ttl: whole, creation_time: { ...text, format: 'date-time' }, creation_path: text, wrapped_accessor: text },
  ['wrapped_accessor'],
)

/** What stands around the data of every answer in an envelope, and is null where it does not apply. */
const around = {
  request_id: text,
  lease_id: text,
  renewable: truth,
  lease_duration: whole,
  wrap_info: { allOf: [{ $ref: '#/components/schemas/WrapInfo' }], nullable: true },
  warnings: { ...texts, nullable: true },
  auth: { allOf: [{ $ref: '#/components/schemas/Auth' }], nullable: true },
}

const Errors = { type: 'object', required: ['errors'], properties: { errors: texts } }
const Missing = {
  type: 'object',
  description: 'Nothing there. What is known of it nevertheless stands in data, as for a secret that was deleted.',
  properties: { errors: texts, data: { type: 'object', nullable: true }, warnings: { ...texts, nullable: true } },
}

export const components = {
  schemas: { Auth, WrapInfo, Errors, Missing },
  securitySchemes: { token: { type: 'apiKey', in: 'header', name: 'X-Vault-Token' } },
}

/** The answer with one of an operation's declared statuses. */
export function successOf(status: number, operation: AnyOperation): Record<string, unknown> {
  const json = (schema: OpenApiSchema) => ({ 'application/json': { schema } })
  if (status === 204) return { description: 'Done, and nothing to say.' }
  if (status === 404) return { description: 'Nothing there.', content: json({ $ref: '#/components/schemas/Missing' }) }
  if (operation.answers?.form === 'bytes') return { description: 'OK', content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } }
  return { description: 'OK', content: json(answerOf(operation)) }
}

/** A whole answer. `data` may be null: in an answer that was wrapped, everything is in `wrap_info`. */
function answerOf({ output, answers = {} }: AnyOperation): OpenApiSchema {
  const declared = openapiSchema(output as OpenApiSchema | undefined, 'out')
  if (answers.form === 'bare') return declared
  const data = { type: 'object', ...declared, nullable: true }
  const envelope = whollyOf({ ...around, data })
  if (answers.form !== 'legacy') return envelope
  const copied = (declared['properties'] ?? {}) as Record<string, OpenApiSchema>
  return { ...envelope, properties: { ...copied, ...envelope.properties } }
}
