import { Type as T } from 'typebox'
import { describe, expect, it } from 'vitest'
import { engine, path } from './engine.js'
import { router } from './invoke.js'
import { unrecognized } from './unrecognized.js'

const handle = async (): Promise<undefined> => undefined
const routes = router(engine({
  type: 'sample',
  help: '',
  paths: [
    path('item/{name}', 'An item.')
      .read({ summary: '', input: T.Object({ version: T.Optional(T.Integer()) }), handle })
      .write({ summary: '', input: T.Object({ data: T.String() }), handle })
      .delete({ summary: '', handle }),
    path('any/{name}', 'Whatever.').write({ summary: '', input: T.Record(T.String(), T.Unknown()), handle }).list({ summary: '', handle }),
  ],
}))
const warnings = (verb: 'read' | 'write' | 'delete' | 'list', input: Record<string, unknown>, address = 'item/a') => unrecognized(routes.find(verb, address), input)

describe('warnings about fields that did nothing', () => {
  it('name what no operation of the path declares, in order', () => {
    expect(warnings('write', { other: 1, data: 'x', extra: null })).toEqual(['Endpoint ignored these unrecognized parameters: [extra other]'])
    expect(warnings('delete', { x: 1 })).toEqual(['Endpoint ignored these unrecognized parameters: [x]'])
    expect(warnings('read', { version: 1, data: 'for writing' })).toEqual([])
  })

  it('name nothing that looks like no name', () => {
    expect(warnings('write', { 'hvs.secret': '', data: 'x', z: 1 })).toEqual(['Endpoint ignored these unrecognized parameters: [z …]'])
  })

  it('name at most twenty, and tell how many more there are', () => {
    const many = Object.fromEntries(Array.from({ length: 9_999 }, (_, i) => [`f${String(i).padStart(4, '0')}`, 1]))
    const [warning = ''] = warnings('write', { ...many, ['x'.repeat(2_000)]: 1, data: 'x' })
    expect(warning).toMatch(/\[f0000 f0001 .* f0019 and 9980 more\]$/)
    expect(warning.length).toBeLessThan(300)
  })

  it('name what the path itself gives', () => {
    expect(warnings('write', { name: 'b', data: 'x' })).toEqual(["Endpoint replaced the value of these parameters with the values captured from the endpoint's path: [name]"])
    expect(warnings('write', { name: null, data: 'x' })).toEqual([])
  })

  it('are not given where whatever is sent is taken', () => {
    expect(warnings('write', { anything: 1, name: 'b' }, 'any/a')).toEqual([])
    expect(warnings('list', { limit: '2' }, 'any/a')).toEqual(['Endpoint ignored these unrecognized parameters: [limit]'])
  })
})
