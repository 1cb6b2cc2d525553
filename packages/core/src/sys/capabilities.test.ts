import { describe, expect, it } from 'vitest'
import { CoreError } from '../errors.js'
import { openCore } from '../testing/open-core.js'

describe('sys/capabilities', () => {
  it('refuses to tell the capabilities of no path', async () => {
    const { ask, root } = await openCore()

    for (const input of [{}, { paths: [] }, { path: '' }]) {
      await expect(ask('write', 'sys/capabilities-self', input)).rejects.toSatisfy(CoreError.noPaths.is)
      await expect(ask('write', 'sys/capabilities', { token: root, ...input })).rejects.toSatisfy(CoreError.noPaths.is)
    }
  })

  it('tells those of a thousand paths, and refuses more, or longer ones, however they are given', async () => {
    const { ask, root, token } = await openCore()
    const own = { token: await token(['default']) }
    const named = (count: number) => Array.from({ length: count }, (_, i) => `a/${i}`)

    const { data } = await ask('write', 'sys/capabilities-self', { paths: named(1000) }, own)
    expect(Object.keys(data ?? {})).toHaveLength(1000)
    expect(data?.['a/999']).toEqual(['deny'])

    for (const input of [{ paths: named(1001) }, { paths: named(600), path: named(600) }, { paths: named(1001).join(',') }, { paths: ['x'.repeat(131_073)] }]) {
      await expect(ask('write', 'sys/capabilities-self', input, own)).rejects.toSatisfy(CoreError.tooManyPaths.is)
      await expect(ask('write', 'sys/capabilities', { token: root, ...input })).rejects.toSatisfy(CoreError.tooManyPaths.is)
    }
  })

  it('lets other work come between while it looks up many paths', async () => {
    const { ask } = await openCore()
    const turns: number[] = []
    let over = false
    const count = (): unknown => (over ? undefined : setImmediate(() => (turns.push(1), count())))
    const asked = ask('write', 'sys/capabilities-self', { paths: Array.from({ length: 1000 }, (_, i) => `a/${i}`) })
    count()
    await asked.finally(() => (over = true))

    expect(turns.length).toBeGreaterThan(0)
  })

  it('tells those of paths given under either name', async () => {
    const { ask } = await openCore()

    const { data } = await ask('write', 'sys/capabilities-self', { path: 'a', paths: 'b,c' })

    expect(data).toEqual({ a: ['root'], b: ['root'], c: ['root'] })
  })

  it('tells of any spelling and address what would be judged', async () => {
    const { ask, token } = await openCore()
    const policy = 'path "*" { capabilities = ["read"] }\npath "sys/mounts/precious" { capabilities = ["deny"] }\npath "sys/policies/acl/admin" { capabilities = ["deny"] }'
    await ask('write', 'sys/policies/acl/some', { policy })
    const paths = ['sys/mounts/precious/', '/sys/mounts/precious', 'sys/policies/acl/ADMIN', 'sys/policy/admin', 'sys/policy/ admin', 'sys/mounts/other/']

    const { data } = await ask('write', 'sys/capabilities', { token: await token(['some']), paths })

    expect(paths.map((at) => data?.[at])).toEqual([['deny'], ['deny'], ['deny'], ['deny'], ['read'], ['read']])
  })
})
