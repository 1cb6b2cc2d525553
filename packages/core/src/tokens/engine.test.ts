import { describe, expect, it } from 'vitest'
import { TokenError } from '../errors.js'
import { allow, openCore } from '../testing/open-core.js'

describe('auth/token', () => {
  it('looks up and renews the own token when none is named', async () => {
    const { ask, root, token } = await openCore()
    await allow(ask, 'renewer', { 'auth/token/renew': ['update'] })

    expect(await ask('write', 'auth/token/lookup')).toMatchObject({ data: { id: root } })
    const own = await token(['renewer'], { ttl: '1h' })
    expect(await ask('write', 'auth/token/renew', { increment: '2h' }, { token: own })).toMatchObject({
      auth: { client_token: own, lease_duration: 7200 },
    })
  })

  it('hands out a token with the life it was granted, however long its making took', async () => {
    let now = Date.parse('2030-01-01T00:00:00Z')
    const { ask } = await openCore({ clock: { now: () => new Date((now += 1000)) } })
    await ask('write', 'sys/auth/door', { type: 'door' })

    const made = await ask('write', 'auth/token/create', { policies: ['default'], ttl: '1h' })
    const login = await ask('write', 'auth/door/login', { ttl: 600 })

    expect(made.auth?.lease_duration).toBe(3600)
    expect(login.auth?.lease_duration).toBe(600)
  })

  it('makes no token of a type it does not have, nor a role for one', async () => {
    const { ask } = await openCore()

    for (const type of ['batch', 'default-batch']) {
      await expect(ask('write', 'auth/token/create', { type })).rejects.toSatisfy(TokenError.batch.is)
      await expect(ask('write', 'auth/token/roles/typed', { token_type: type })).rejects.toSatisfy(TokenError.batch.is)
    }
    await expect(ask('write', 'auth/token/create', { type: 'nonsense' })).rejects.toSatisfy(TokenError.badType.is)
    await expect(ask('write', 'auth/token/roles/typed', { token_type: 'nonsense' })).rejects.toSatisfy(TokenError.badType.is)
    await ask('write', 'auth/token/roles/typed', { token_type: '' })
    expect(await ask('read', 'auth/token/roles/typed')).toMatchObject({ data: { token_type: 'default-service' } })
  })

  it('refuses a role bound to addresses, which nothing here would check', async () => {
    const { ask } = await openCore()

    for (const field of ['bound_cidrs', 'token_bound_cidrs']) {
      await expect(ask('write', 'auth/token/roles/bound', { [field]: '10.0.0.0/8' })).rejects.toSatisfy(TokenError.noCidrs.is)
    }
    expect(await ask('write', 'auth/token/roles/bound', { token_bound_cidrs: [] })).toMatchObject({ status: 204 })
  })
})

describe('what a token is made with', () => {
  it('is the lesser of what the role and the request say, and that is told', async () => {
    const { ask } = await openCore()
    await ask('write', 'auth/token/roles/r', { token_period: '30m', token_explicit_max_ttl: '2h' })

    const { auth, warnings } = await ask('write', 'auth/token/create/r', { policies: ['default'], period: '10m', explicit_max_ttl: '1h' })

    expect(auth?.lease_duration).toBe(600)
    expect(warnings).toEqual([
      'Explicit max TTL specified both during creation call and in role; using the lesser value of 3600 seconds',
      'Period specified both during creation call and in role; using the lesser value of 600 seconds',
    ])
    await ask('write', 'auth/token/roles/short', { token_explicit_max_ttl: '1h' })
    expect((await ask('write', 'auth/token/create/short', { policies: ['default'] })).warnings).toEqual([
      'TTL of "768h" exceeded the effective max_ttl of "1h"; TTL value is capped accordingly',
    ])
  })

  it('is not renewable where that is null, and has an empty meta where that is given', async () => {
    const { ask } = await openCore()

    const { auth } = await ask('write', 'auth/token/create', { policies: ['default'], renewable: null, meta: {} })

    expect(auth).toMatchObject({ renewable: false, metadata: {} })
    expect((await ask('write', 'auth/token/lookup', { token: auth?.client_token })).data).toMatchObject({ renewable: false, meta: {} })
    expect((await ask('write', 'auth/token/create', { policies: ['default'], meta: null })).auth).toMatchObject({ renewable: true, metadata: null })
  })
})

describe('what is to be ended', () => {
  it.each([
    ['auth/token/revoke', { token: '' }, 'missing token'], ['auth/token/revoke', { token: ' ' }, 'missing token'], ['auth/token/revoke', {}, 'missing token'],
    ['auth/token/revoke-orphan', { token: '' }, 'missing token'], ['auth/token/revoke-accessor', { accessor: '' }, 'missing accessor'],
    ['sys/leases/revoke', { lease_id: ' ' }, 'lease_id must be specified'], ['sys/leases/renew', { lease_id: ' ' }, 'lease_id must be specified'],
    ['sys/revoke', { lease_id: '' }, 'lease_id must be specified'],
  ])('must be named: %s %j', async (path, input, message) => {
    const { ask } = await openCore()

    await expect(ask('write', path, input)).rejects.toMatchObject({ status: 400, message: expect.stringContaining(message) as string })
  })
})
