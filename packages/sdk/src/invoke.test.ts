import { describe, expect, it } from 'vitest'
import { engine, path } from './engine.js'
import { RequestError } from './fields.js'
import { pattern, router } from './invoke.js'

const nothing = { summary: 'nothing', handle: async () => undefined }

describe('pattern', () => {
  it.each([
    ['data/{path+}', 'data/a/b', { path: 'a/b' }],
    ['data/{path+}', 'data/', undefined],
    ['roles/{name}', 'roles/a', { name: 'a' }],
    ['roles/{name}', 'roles/a/b', undefined],
    ['metadata/{path*}', 'metadata', { path: undefined }],
    ['metadata/{path*}', 'metadata/', { path: '' }],
    ['metadata/{path*}', 'metadata/a/b/', { path: 'a/b/' }],
    ['metadata/{path*}', 'metadatax', undefined],
    ['{path*}', '', { path: '' }],
    ['mounts/{path+}/tune', 'mounts/a/b/tune', { path: 'a/b' }],
    ['ca.pem', 'caxpem', undefined],
  ])('%s and %s give %j', (template, address, params) => {
    const found = pattern(template).exec(address)

    expect(found === null ? undefined : { ...found.groups }).toEqual(params)
  })
})

describe('router', () => {
  const routes = router(
    engine({
      type: 'test',
      help: '',
      paths: [path('a', '').read(nothing), path('{name}', '').read(nothing).write(nothing), path('deep/{path*}', '').list(nothing)],
    }),
  )

  it('takes the first path that fits and knows the verb', () => {
    expect(routes.find('read', 'a').path.template).toBe('a')
    expect(routes.find('write', 'a').path.template).toBe('{name}')
  })

  it('lists a folder with or without its slash', () => {
    expect(routes.find('list', 'deep/').params).toEqual({ path: '' })
    expect(routes.find('list', 'deep').params).toEqual({ path: '' })
    expect(routes.find('list', 'deep/er/').params).toEqual({ path: 'er' })
  })

  it('tells a path that is not there from a verb that is not', () => {
    expect(() => routes.find('delete', 'a')).toThrow(expect.objectContaining({ code: RequestError.unsupportedOperation.code }))
    expect(() => routes.find('read', 'x/y')).toThrow(expect.objectContaining({ code: RequestError.unsupportedPath.code }))
  })
})
