import { Type as T } from 'typebox'
import { expect, it } from 'vitest'
import { openapi, pathHelp } from './describe.js'
import { engine, path } from './engine.js'
import { Duration } from './fields.js'

const sample = engine({
  type: 'sample',
  help: 'A sample.',
  paths: [
    path('login', 'A way in.', { unauthenticated: true }).write({ summary: 'Log in.', input: T.Object({ role: T.String() }), handle: async () => undefined }),
    path('role/{name}', 'A role.')
      .read({ summary: 'Read it.', input: T.Object({ version: T.Optional(T.Integer()) }), output: T.Object({ ttl: Duration() }), handle: async () => undefined })
      .list({ summary: 'List them.', handle: async () => undefined }),
  ],
})

it('derives OpenAPI from the declaration', () => {
  const doc = openapi('sample', sample)

  expect(Object.keys(doc)).toEqual(['/sample/login', '/sample/role/{name}', '/sample/role/{name}/'])
  expect(doc['/sample/login']).toMatchObject({ 'x-vault-unauthenticated': true, post: { requestBody: { content: { 'application/json': { schema: { required: ['role'] } } } } } })
  expect(doc['/sample/role/{name}']).toMatchObject({ get: { parameters: [{ name: 'name', in: 'path' }, { name: 'version', in: 'query' }] } })
})

it('derives help from the declaration', () => {
  const help = pathHelp('sample/role/a', [sample.paths[1]])

  for (const words of ['sample/role/a', 'A role.', 'Read it.', 'version (integer)', 'List them.']) expect(help).toContain(words)
})
