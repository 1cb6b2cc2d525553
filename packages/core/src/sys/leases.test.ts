import { describe, expect, it } from 'vitest'
import { LeaseError } from '../errors.js'
import { allow, openCore } from '../testing/open-core.js'

describe('sys/leases', () => {
  it('knows no lease by any id', async () => {
    const { ask } = await openCore()

    await expect(ask('write', 'sys/leases/lookup', { lease_id: 'database/creds/a/1' })).rejects.toSatisfy(LeaseError.invalid.is)
    for (const path of ['sys/renew', 'sys/leases/renew', 'sys/leases/renew/database/creds/a/1']) {
      await expect(ask('write', path, { lease_id: 'x', increment: '1h' })).rejects.toSatisfy(LeaseError.notFound.is)
    }
    expect(await ask('list', 'sys/leases/lookup/database')).toMatchObject({ status: 404 })
  })

  it('revokes a lease that is not there without complaint', async () => {
    const { ask } = await openCore()

    expect(await ask('write', 'sys/leases/revoke', { lease_id: 'x' })).toMatchObject({ status: 204 })
    expect(await ask('write', 'sys/revoke/database/creds/a/1')).toMatchObject({ status: 204 })
  })

  it('refuses a request that names no lease', async () => {
    const { ask } = await openCore()

    for (const input of [{}, { lease_id: '' }, { lease_id: null }, { lease: 'a mistyped field' }]) {
      for (const path of ['lookup', 'renew', 'revoke'].map((verb) => `sys/leases/${verb}`).concat('sys/renew', 'sys/revoke')) {
        await expect(ask('write', path, input)).rejects.toSatisfy(LeaseError.missing.is)
      }
    }
  })

  it('ends by prefix the tokens made under it, at the boundary of a segment', async () => {
    const { ask, token } = await openCore()
    const made = await token(['default'])
    const { auth } = await ask('write', 'auth/token/create-orphan', { policies: ['default'] })

    await ask('write', 'sys/leases/revoke-prefix/auth/token/create')

    await expect(ask('read', 'auth/token/lookup-self', {}, { token: made })).rejects.toMatchObject({ status: 403 })
    expect(await ask('read', 'auth/token/lookup-self', {}, { token: auth?.client_token })).toMatchObject({ status: 200 })
  })

  it('leaves a token that never expires alone', async () => {
    const { ask } = await openCore()

    await ask('write', 'sys/revoke-force/auth')

    expect(await ask('read', 'auth/token/lookup-self')).toMatchObject({ data: { policies: ['root'] } })
  })

  it('ends by prefix only for who has sudo', async () => {
    const { ask, token } = await openCore()
    await allow(ask, 'ender', { 'sys/leases/revoke-prefix/*': ['update'] })

    const ending = ask('write', 'sys/leases/revoke-prefix/auth', {}, { token: await token(['ender']) })

    await expect(ending).rejects.toMatchObject({ status: 403 })
  })
})
