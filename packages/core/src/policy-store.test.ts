import { describe, expect, it } from 'vitest'
import { openCore } from './testing/open-core.js'

const text = '# kept\npath "a/*" {\n  capabilities = ["read"]\n}\n'

describe('policies', () => {
  it('are kept byte for byte, and read at either address', async () => {
    const { ask } = await openCore()

    expect(await ask('write', 'sys/policies/acl/a', { policy: text })).toMatchObject({ status: 204 })

    expect((await ask('read', 'sys/policies/acl/a')).data).toEqual({ name: 'a', policy: text })
    expect(await ask('read', 'sys/policy/a')).toMatchObject({ form: 'legacy', data: { name: 'a', rules: text } })
  })

  it('are refused where they are longer than anybody looks over, and kept up to there', async () => {
    const { ask } = await openCore()
    const long = (characters: number) => text + '#'.repeat(characters - text.length)

    await ask('write', 'sys/policies/acl/a', { policy: long(131_072) })
    await expect(ask('write', 'sys/policies/acl/a', { policy: long(131_073) })).rejects.toMatchObject({ status: 400, message: expect.stringContaining('split it') })

    expect((await ask('read', 'sys/policies/acl/a')).data).toMatchObject({ policy: long(131_072) })
  })

  it('of any size are read and merged in pieces, between which other requests are answered, and once for all who wait', async () => {
    const { ask, token } = await openCore()
    const names = ['a', 'b', 'c', 'd']
    for (const name of names) {
      const rules = Array.from({ length: 2_000 }, (_, i) => `path "${name}/${i}/*" { capabilities = ["read"] }`)
      await ask('write', `sys/policies/acl/${name}`, { policy: rules.join('\n') })
    }
    const heavy = { token: await token(names) }
    let [turns, over] = [0, false]
    const count = (): unknown => (over ? undefined : setImmediate(() => ((turns += 1), count())))

    const asked = Array.from({ length: 3 }, () => ask('write', 'sys/capabilities-self', { paths: ['a/7/x', 'd/1999/y', 'e/1/x'] }, heavy))
    count()
    const answers = await Promise.all(asked).finally(() => (over = true))

    for (const { data } of answers) expect(data).toEqual({ 'a/7/x': ['read'], 'd/1999/y': ['read'], 'e/1/x': ['deny'] })
    expect(turns).toBeGreaterThan(0)
  })

  it('may come in base64, or under the old name of the field', async () => {
    const { ask } = await openCore()

    await ask('write', 'sys/policies/acl/a', { policy: Buffer.from(text).toString('base64') })
    const old = await ask('write', 'sys/policy/b', { rules: text })

    expect((await ask('read', 'sys/policies/acl/a')).data).toMatchObject({ policy: text })
    expect((await ask('read', 'sys/policies/acl/b')).data).toMatchObject({ policy: text })
    expect(old.warnings?.[0]).toMatch(/deprecated/)
  })

  it('are listed with those of the house, those with slashes in their names too', async () => {
    const { ask } = await openCore()
    for (const name of ['b', 'team/a', 'team/x/y']) await ask('write', `sys/policies/acl/${name}`, { policy: text })
    const names = ['b', 'default', 'root', 'team/a', 'team/x/y']

    expect((await ask('list', 'sys/policies/acl/')).data).toEqual({ keys: names })
    expect((await ask('read', 'sys/policy')).data).toEqual({ keys: names, policies: names })
    expect((await ask('write', 'auth/token/create', { policies: ['team/a'] })).warnings).toEqual([])
  })

  it('have lower-case names, and say so', async () => {
    const { ask } = await openCore()

    const { warnings } = await ask('write', 'sys/policies/acl/Mine', { policy: text })

    expect(warnings?.[0]).toMatch(/lower case/)
    expect((await ask('read', 'sys/policies/acl/MINE')).data).toMatchObject({ name: 'mine' })
  })

  it('that cannot be read are refused, and the old text stays', async () => {
    const { ask } = await openCore()
    await ask('write', 'sys/policies/acl/a', { policy: text })

    await expect(ask('write', 'sys/policies/acl/a', { policy: 'path "x" {' })).rejects.toMatchObject({ status: 400, message: expect.stringMatching(/^failed to parse policy/) })
    for (const input of [{}, { policy: '' }]) await expect(ask('write', 'sys/policies/acl/a', input)).rejects.toMatchObject({ status: 400 })

    expect((await ask('read', 'sys/policies/acl/a')).data).toMatchObject({ policy: text })
  })

  it('are gone when deleted, and 404 from then on', async () => {
    const { ask } = await openCore()
    await ask('write', 'sys/policies/acl/a', { policy: text })

    expect(await ask('delete', 'sys/policies/acl/a')).toMatchObject({ status: 204 })

    expect(await ask('read', 'sys/policies/acl/a')).toMatchObject({ status: 404 })
    expect(await ask('read', 'sys/policy/a')).toMatchObject({ status: 404 })
  })

  it.each([['write', 'root'], ['write', 'response-wrapping'], ['delete', 'root'], ['delete', 'default'], ['delete', 'response-wrapping']] as const)(
    'of the house are safe: %s %s',
    async (verb, name) => {
      const { ask } = await openCore()

      await expect(ask(verb, `sys/policies/acl/${name}`, { policy: text })).rejects.toMatchObject({ status: 400 })
    },
  )

  it('named default may be changed, and stay changed after a sealing', async () => {
    const { core, ask, unseal } = await openCore()
    await ask('write', 'sys/policies/acl/default', { policy: text })

    await core.seal()
    await unseal()

    expect((await ask('read', 'sys/policies/acl/default')).data).toMatchObject({ policy: text })
  })
})
