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
