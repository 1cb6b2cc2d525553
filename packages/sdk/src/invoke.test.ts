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

describe('a parameter with a form', () => {
  const routes = router(
    engine({
      type: 'test',
      help: '',
      paths: [
        path('mounts/{path+}/tune', '', { forms: { path: 'bare-path' } }).read(nothing),
        path('mounts/{path+}', '', { forms: { path: 'bare-path' } }).read(nothing).delete(nothing),
        path('role/{name}', '', { forms: { name: 'lower-case' }, also: ['old/{name}'] }).read(nothing),
        path('plain/{name}', '').read(nothing),
      ],
    }),
  )

  it.each([
    ['role/Friends', 'role/friends', { name: 'friends' }],
    ['role/\u212aings', 'role/kings', { name: 'kings' }],
    ['mounts/a/b/', 'mounts/a/b', { path: 'a/b' }],
    ['plain/Friends', 'plain/Friends', { name: 'Friends' }],
  ])('is given, and stands in the address of %j, in that form', (given, address, params) => {
    const found = routes.find('read', given)

    expect(found).toMatchObject({ address, params })
  })

  it('is what its one spelling means, also where that is another path', () => {
    expect(routes.find('read', 'mounts/a/tune/')).toMatchObject({ address: 'mounts/a/tune', params: { path: 'a' }, path: { template: 'mounts/{path+}/tune' } })
  })

  it.each(['mounts/ a', 'mounts/a\u200b', 'mounts/a/../b', 'mounts//'])('is refused where %j has no spelling in it', (given) => {
    expect(() => routes.find('delete', given)).toThrow(expect.objectContaining({ code: RequestError.badName.code }))
  })

  it('is judged at each address of the thing, whichever is asked about', () => {
    expect(routes.judged('role/Friends')).toEqual(['role/friends', 'old/friends'])
    expect(routes.judged('nowhere')).toEqual(['nowhere'])
    expect(routes.judged('mounts/ a')).toEqual(['mounts/ a'])
  })

  it('that spans slashes and is empty has one address for all but a listing', () => {
    const deep = router(engine({ type: 'test', help: '', paths: [path('x/{path*}', '').list(nothing).delete(nothing)] }))

    expect(deep.find('list', 'x').params).toEqual({ path: '' })
    expect(deep.find('delete', 'x/').params).toEqual({ path: '' })
    expect(() => deep.find('delete', 'x')).toThrow(expect.objectContaining({ code: RequestError.unsupportedPath.code }))
  })
})
