import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allow, openCore } from '../testing/open-core.js'
import { globMatches } from './roles.js'

/** Makes tokens by the role `r`, for a caller that has only `caller` and `default`. */
async function withRole(role: Record<string, unknown>) {
  const house = await openCore()
  await allow(house.ask, 'caller', { 'auth/token/create/*': ['update'] })
  await house.ask('write', 'auth/token/roles/r', role)
  const token = await house.token(['caller'])
  const make = async (wish = {}) => (await house.ask('write', 'auth/token/create/r', wish, { token })).auth
  return { ...house, caller: token, make }
}

describe('a token role', () => {
  it('is read back whole, old names beside new ones', async () => {
    const { ask } = await withRole({ allowed_policies: 'b,A', period: '1h', orphan: true, path_suffix: 'x' })

    expect((await ask('read', 'auth/token/roles/r')).data).toMatchObject({
      name: 'r', allowed_policies: ['b', 'a'], disallowed_policies: [], allowed_policies_glob: [], disallowed_policies_glob: [], orphan: true,
      period: 3600, token_period: 3600, explicit_max_ttl: 0, token_explicit_max_ttl: 0, path_suffix: 'x', renewable: true,
      token_type: 'default-service', allowed_entity_aliases: [], token_no_default_policy: false,
    })
    expect((await ask('list', 'auth/token/roles/')).data).toEqual({ keys: ['r'] })
    await ask('delete', 'auth/token/roles/r')
    await expect(ask('read', 'auth/token/roles/r')).resolves.toMatchObject({ status: 404 })
  })

  it('gives its own policies, which the caller need not have, and refuses all others', async () => {
    const { make } = await withRole({ allowed_policies: ['a', 'b'] })

    expect((await make())?.policies).toEqual(['a', 'b', 'default'])
    expect((await make({ policies: ['a'] }))?.policies).toEqual(['a', 'default'])
    await expect(make({ policies: ['a', 'c'] })).rejects.toMatchObject({ status: 400, message: expect.stringMatching(/^token policies must be subset of the role's/) })
  })

  it('that names no policies leaves them to the usual rules', async () => {
    const { make } = await withRole({})

    expect((await make())?.policies).toEqual(['caller', 'default'])
    await expect(make({ policies: ['other'] })).rejects.toMatchObject({ message: 'child policies must be subset of parent' })
  })

  it('of patterns only gives just default when nothing is asked for, even to root', async () => {
    const { ask, make } = await withRole({ allowed_policies_glob: ['*'] })

    expect((await make({ policies: ['any', 'thing'] }))?.policies).toEqual(['any', 'default', 'thing'])
    expect((await ask('write', 'auth/token/create/r')).auth?.policies).toEqual(['default'])
    await expect(make({ policies: ['root'] })).rejects.toMatchObject({ message: expect.stringMatching(/root tokens may not be created/) })
  })

  it('refuses what it disallows, however that is spelled', async () => {
    const { make } = await withRole({ disallowed_policies: ['Secret'], disallowed_policies_glob: ['Admin*'] })

    for (const policy of ['secret', 'SECRET', 'admin', 'ADMIN-of-all']) {
      await expect(make({ policies: [policy] }), policy).rejects.toMatchObject({ status: 400, message: expect.stringMatching(/is disallowed by this role/) })
    }
    expect((await make({ policies: ['other'] }))?.policies).toEqual(['default', 'other'])
  })

  it('that disallows default does not add it', async () => {
    const { make } = await withRole({ allowed_policies: ['a'], disallowed_policies: ['default'] })

    expect((await make())?.policies).toEqual(['a'])
  })

  it('bounds uses, life and renewal, whatever is asked for', async () => {
    const { ask, make } = await withRole({ token_num_uses: 5, token_explicit_max_ttl: 600, renewable: false, orphan: true, path_suffix: 'suffix' })

    const more = await make({ num_uses: 50, ttl: '1h', explicit_max_ttl: '1h', renewable: true })
    const less = await make({ num_uses: 2 })

    expect(more).toMatchObject({ num_uses: 5, lease_duration: 600, renewable: false, orphan: true })
    expect(less).toMatchObject({ num_uses: 2 })
    const { data } = await ask('write', 'auth/token/lookup', { token: more?.client_token ?? '' })
    expect(data).toMatchObject({ path: 'auth/token/create/r/suffix', role: 'r', explicit_max_ttl: 600 })
  })

  it('that is not there is refused by name', async () => {
    const { ask } = await openCore()

    await expect(ask('write', 'auth/token/create/none')).rejects.toMatchObject({ status: 400, message: 'unknown role' })
  })

  it.each([{ period: -1 }, { token_explicit_max_ttl: '-1h' }, { path_suffix: '../x' }, { token_bound_cidrs: ['10.0.0.0/8'] }])(
    'cannot have %o',
    async (role) => {
      const { ask } = await openCore()

      await expect(ask('write', 'auth/token/roles/r', role)).rejects.toMatchObject({ status: 400 })
    },
  )

  it('loses no change when several are made at once', async () => {
    const { ask } = await openCore()
    const changes = [{ orphan: true }, { token_period: 60 }, { path_suffix: 'x' }, { token_num_uses: 3 }, { renewable: false }]

    await Promise.all(changes.map((change) => ask('write', 'auth/token/roles/r', change)))

    expect((await ask('read', 'auth/token/roles/r')).data).toMatchObject(Object.assign({}, ...changes) as object)
  })
})

describe('a pattern for policy names', () => {
  it('matches what a regular expression with .* for each * would', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*') , maxLength: 8 })
    fc.assert(
      fc.property(text, text, (pattern, name) => {
        const expected = new RegExp(`^${pattern.split('*').map((piece) => piece.replaceAll('.', '\\.')).join('.*')}$`)
        expect(globMatches(pattern, name)).toBe(expected.test(name))
      }),
      { numRuns: 2000 },
    )
  })

  it('answers at once where trying every way to match would take for ever', () => {
    expect(globMatches(`${'a*'.repeat(40)}b`, 'a'.repeat(100_000))).toBe(false)
  })
})
