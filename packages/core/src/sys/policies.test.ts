import { describe, expect, it } from 'vitest'
import { CoreError } from '../errors.js'
import { openCore } from '../testing/open-core.js'

describe('sys/policy', () => {
  it('refuses a policy without text', async () => {
    const { ask } = await openCore()

    for (const input of [{}, { policy: '' }]) {
      await expect(ask('write', 'sys/policy/empty', input)).rejects.toSatisfy(CoreError.invalid.is)
    }
  })

  it.each([
    ['a name in another case than it is kept in', 'path "sys/policies/acl/Admin" { capabilities = ["read"] }'],
    ['the beginning of one', 'path "sys/policies/acl/Team-*" { capabilities = ["read"] }'],
    ['a slash after a name', 'path "sys/mounts/team/" { capabilities = ["delete"] }'],
    ['a name below any other', 'path "sys/mounts/+/Team/" { capabilities = ["read"] }'],
    ['the same in JSON', '{"path": {"sys/audit/file/": {"capabilities": ["sudo"]}}}'],
  ])('warns of a path with %s, which grants nothing, and names its line and not its text', async (_, policy) => {
    const { ask } = await openCore()

    const { status, warnings } = await ask('write', 'sys/policies/acl/odd', { policy })

    expect(status).toBe(200)
    expect(warnings).toEqual(['the path on line 1 is not spelt as requests are judged, and grants nothing: write names in lower case where they are kept so, and no slash after a name'])
  })

  it('names every such line, up to twenty', async () => {
    const { ask } = await openCore()
    const rules = (count: number) => ['path "a" {}', ...Array.from({ length: count }, (_, i) => `path "sys/policy/A${i}" {}`)].join('\n')

    expect((await ask('write', 'sys/policy/odd', { policy: rules(2) })).warnings).toEqual([expect.stringMatching(/^the paths on lines 2, 3 are not spelt/)])
    expect((await ask('write', 'sys/policy/odd', { policy: rules(23) })).warnings).toEqual([expect.stringMatching(/, 21 and 3 more are not spelt/)])
  })

  it('warns of no path that requests have', async () => {
    const { ask } = await openCore()
    const paths = ['*', '+', '+/*', 'sys', 'cubbyhole', 'sys/*', 'sys/mounts', 'sys/mounts/', 'sys/mounts/*', 'sys/mounts/team', 'sys/mounts/team/*', 'sys/mounts/+/tune', 'sys/policies/acl/', 'sys/policies/acl/admin',
      'auth/token/roles/Admin', 'cubbyhole/Me/', 'none/Such/', 'sys/capabilities*', 'sys/policies/acl/{{identity.entity.Name}}']
    const policy = paths.map((path) => `path "${path}" { capabilities = ["read", "list"] }`).join('\n')

    expect(await ask('write', 'sys/policies/acl/usual', { policy })).toMatchObject({ status: 204 })
  })
})
