import { Type as T } from 'typebox'
import { expect, it } from 'vitest'
import { pathHelp } from './describe.js'
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

it('derives help from the declaration', () => {
  const help = pathHelp('sample/role/a', [sample.paths[1]])

  for (const words of ['sample/role/a', 'A role.', 'Read it.', 'version (integer)', 'List them.']) expect(help).toContain(words)
})
