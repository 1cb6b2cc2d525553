import { Type as T } from 'typebox'
import { describe, expect, it } from 'vitest'
import { engine, path } from './engine.js'
import { Duration, Pairs } from './fields.js'
import { openapiDocument } from './openapi.js'
import { openapiSchema } from './openapi-schema.js'

const sample = engine({
  type: 'sample',
  help: 'A sample.',
  paths: [
    path('login', 'A way in.', { unauthenticated: true }).write({ summary: 'Log in.', answers: { gives: 'auth' }, input: T.Object({ role: T.String() }), handle: async () => undefined }),
    path('role/{name}', 'A role.', { sudo: true })
      .read({ summary: 'Read it.', input: T.Object({ version: T.Optional(T.Integer()) }), output: T.Object({ ttl: Duration() }), handle: async () => undefined })
      .write({ summary: 'Write it.', id: 'sample-write', input: T.Object({ ttl: Duration() }), answers: { statuses: [200, 204] }, handle: async () => undefined })
      .patch({ summary: 'Patch it.', input: T.Object({}), answers: { statuses: [200, 404] }, handle: async () => undefined })
      .delete({ summary: 'Delete it.', handle: async () => undefined }),
    path('list/{path*}', 'All.').list({ summary: 'List them.', id: 'sample-list-path', output: T.Object({ keys: T.Array(T.String()) }), handle: async () => undefined }),
    path('state', 'A state.').read({ summary: 'Ask.', output: T.Object({ up: T.Boolean() }), answers: { form: 'bare' }, handle: async () => undefined }),
    path('old', 'An old form.').read({ summary: 'Ask.', output: T.Object({ term: T.Integer() }), answers: { form: 'legacy' }, handle: async () => undefined }),
    path('{path+}', 'Nothing.', { undocumented: true }).read({ summary: 'Refused.', handle: async () => undefined }),
  ],
})

interface Operation { operationId: string; tags: string[]; security?: object; responses: Record<string, { content?: Record<string, { schema: { properties: Record<string, { nullable?: boolean; properties?: object }>; required: string[] } }> }> }
const documentOf = (...addresses: string[]) =>
  openapiDocument(addresses.map((address) => ({ address, engine: sample, tag: 'secrets' })), '1.0') as { paths: Record<string, Record<string, Operation>>; openapi: string }
const answer = (operation: Operation | undefined, status = '200') => operation?.responses[status]?.content?.['application/json']?.schema

describe('the OpenAPI document', () => {
  const { paths } = documentOf('sample/')

  it('has an address for each path, with a slash at the end for lists, and one more for the whole of what is listed', () => {
    expect(Object.keys(paths)).toEqual(['/sample/login', '/sample/role/{name}', '/sample/list/', '/sample/list/{path}/', '/sample/state', '/sample/old'])
    expect(paths['/sample/role/{name}']).toMatchObject({ 'x-vault-sudo': true, get: { parameters: [{ name: 'name', in: 'path' }, { name: 'version', in: 'query' }] } })
    expect(paths['/sample/login']).toMatchObject({ 'x-vault-unauthenticated': true, post: { requestBody: { required: true } } })
    expect(paths['/sample/login']?.['post']).not.toHaveProperty('security')
    expect(paths['/sample/old']).toMatchObject({ get: { security: [{ token: [] }] } })
  })

  it('names every operation once, also where two mounts have the same', () => {
    const twice = documentOf('sample/', 'other/place/').paths
    const operations = Object.values(twice).flatMap((item) => ['get', 'post', 'patch', 'delete'].flatMap((method) => item[method] ?? []))
    const ids = operations.map(({ operationId }) => operationId)

    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ['sample-write', 'sample-write-at-other-place', 'sample-list', 'sample-list-path', 'sample-read-role-name']) expect(ids).toContain(id)
    expect(operations.every(({ tags }) => tags[0] === 'secrets')).toBe(true)
  })

  it('gives each operation the statuses that it declares, and the refusals', () => {
    const statuses = (method: string) => Object.keys(paths['/sample/role/{name}']?.[method]?.responses ?? {})

    expect([statuses('get'), statuses('post'), statuses('patch'), statuses('delete')]).toEqual([
      ['200', '404', 'default'], ['200', '204', 'default'], ['200', '404', 'default'], ['204', 'default'],
    ])
    expect(Object.keys(paths['/sample/state']?.['get']?.responses ?? {})).toEqual(['200', 'default'])
  })

  it('describes the answer as it is sent: an envelope, an envelope with its data copied, or the data alone', () => {
    expect(answer(paths['/sample/role/{name}']?.['get'])).toMatchObject({
      required: ['request_id', 'lease_id', 'renewable', 'lease_duration', 'wrap_info', 'warnings', 'auth', 'data'],
      properties: { data: { nullable: true, properties: { ttl: { type: 'integer' } } }, auth: { nullable: true, allOf: [{ $ref: '#/components/schemas/Auth' }] } },
    })
    expect(answer(paths['/sample/old']?.['get'])?.properties).toMatchObject({ term: { type: 'integer' }, data: { properties: { term: { type: 'integer' } } } })
    expect(answer(paths['/sample/old']?.['get'])?.required).not.toContain('term')
    expect(Object.keys(answer(paths['/sample/state']?.['get'])?.properties ?? {})).toEqual(['up'])
  })
})

it('has every part that it refers to', () => {
  const document = documentOf('sample/')
  const text = JSON.stringify(document)
  const at = (reference: string) => reference.split('/').slice(1).reduce((one: unknown, key) => (one as Record<string, unknown>)[key], document)

  const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference = '']) => reference)
  expect(references.length).toBeGreaterThan(0)
  expect(references.filter((reference) => at(reference) === undefined)).toEqual([])
})

describe('a schema in OpenAPI 3.0', () => {
  it('says in its words what JSON Schema says in others', () => {
    const schema = T.Object({
      map: T.Record(T.String(), T.Unknown()), perhaps: T.Union([T.String(), T.Null()]), one: T.Literal('a'), more: T.Union([T.String(), T.Integer()]),
      ttl: T.Optional(Duration({ description: 'How long.' })), pairs: Pairs(), list: T.Array(T.Union([T.Object({}), T.Null()])),
    })

    expect(openapiSchema(schema as never, 'in')).toEqual({
      type: 'object',
      required: ['map', 'perhaps', 'one', 'more', 'pairs', 'list'],
      properties: {
        map: { type: 'object', additionalProperties: {} },
        perhaps: { type: 'string', nullable: true },
        one: { type: 'string', enum: ['a'] },
        more: { anyOf: [{ type: 'string' }, { type: 'integer' }] },
        ttl: { type: 'string', format: 'duration', description: 'How long.' },
        pairs: { type: 'object', additionalProperties: { type: 'string' } },
        list: { type: 'array', items: { type: 'object', properties: {}, nullable: true } },
      },
    })
    expect(openapiSchema(Duration() as never, 'out')).toEqual({ type: 'integer' })
  })
})
