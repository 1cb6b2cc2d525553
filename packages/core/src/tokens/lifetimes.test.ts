import { engine, path, reply, type Renewal } from '@chatelaine/sdk'
import { describe, expect, it } from 'vitest'
import { allow, furnishedCore, openCore } from '../testing/open-core.js'

const as = (token: string | undefined) => ({ token })
const denied = { status: 403 }

/** A core whose clock stands somewhere inside a second, where most requests come. */
async function insideASecond() {
  const house = await furnishedCore()
  house.clock.forward(0.6)
  await allow(house.ask, 'all', { '*': ['create', 'read', 'update', 'list', 'sudo'] })
  return house
}

describe('a token of less than a second', () => {
  it.each(['ttl', 'explicit_max_ttl', 'period'])('by its %s lives for one second, and not without end', async (field) => {
    const { ask, root } = await openCore()
    for (const length of ['500ms', 0.5, '999ms', '1ns']) {
      const made = await ask('write', 'auth/token/create', { policies: ['default'], [field]: length }, as(root))
      expect(made.auth).toMatchObject({ lease_duration: 1 })
      const own = await ask('read', 'auth/token/lookup-self', {}, as(made.auth?.client_token))
      expect(own.data).toMatchObject({ creation_ttl: 1, ...(field !== 'ttl' && { [field]: 1 }) })
    }
    for (const length of ['-500ms', -0.5]) {
      await expect(ask('write', 'auth/token/create', { policies: ['default'], [field]: length }, as(root))).rejects.toMatchObject({ status: 400 })
    }
  })
})

describe('a token of one second', () => {
  it.each([0.1, 0.39, 0.41, 0.7, 0.999])('made inside a second is good after %d seconds, and not after one', async (wait) => {
    const { ask, token, clock } = await insideASecond()
    const id = await token(['all'], { ttl: '1s' })

    clock.forward(wait)
    expect((await ask('read', 'auth/token/lookup-self', {}, as(id))).data).toMatchObject({ ttl: 1, creation_ttl: 1, expire_time: '2030-01-01T00:00:01.600Z' })
    clock.forward(1 - wait)

    await expect(ask('read', 'auth/token/lookup-self', {}, as(id))).rejects.toMatchObject(denied)
  })

  it('lives on by renewals that come within it, and what it keeps lives with it', async () => {
    const { ask, token, clock } = await insideASecond()
    const id = await token(['all'], { ttl: '1s' })
    await ask('write', 'cubbyhole/a', { a: 1 }, as(id))

    for (let i = 0; i < 5; i++) {
      clock.forward(0.7)
      expect((await ask('write', 'auth/token/renew-self', {}, as(id))).auth).toMatchObject({ lease_duration: 1 })
    }

    expect((await ask('read', 'cubbyhole/a', {}, as(id))).data).toEqual({ a: 1 })
  })

  it('is left alone by the sweep while it lives, and taken when it is over', async () => {
    const { token, clock, storage, core, ask, unseal } = await openSwept()
    await token(['default'], { ttl: '1s' })
    const mine = async () => (await storage.list('sys/token/id/')).length
    const before = await mine()

    clock.forward(0.9)
    await core.seal()
    await unseal()
    await swept(ask)
    expect(await mine()).toBe(before)
    clock.forward(1.1)

    await expect.poll(mine).toBe(before - 1)
  })

  it('of a login, and a wrapped answer, are good for all of it too', async () => {
    const { ask, clock } = await insideASecond()
    const login = await ask('write', 'auth/door/login', { policies: ['all'], ttl: 1 }, as(undefined))
    const { wrap } = await ask('write', 'sys/wrapping/wrap', { word: 'x' }, { wrapTtl: 1 })

    clock.forward(0.9)

    expect((await ask('read', 'auth/token/lookup-self', {}, as(login.auth?.client_token))).data).toMatchObject({ ttl: 1 })
    expect((await ask('write', 'sys/wrapping/unwrap', {}, as(wrap?.token))).status).toBe(200)
  })

  it('with an explicit maximum outlives it by less than a second, however often it is renewed', async () => {
    const { ask, token, clock } = await insideASecond()
    const id = await token(['all'], { ttl: '2s', explicit_max_ttl: '3s' })

    let tenths = 0
    for (; await ask('write', 'auth/token/renew-self', {}, as(id)).then(() => true, () => false); tenths++) clock.forward(0.1)

    expect(tenths).toBeGreaterThanOrEqual(30)
    expect(tenths).toBeLessThan(40)
  })
})

describe('a token that an auth method let in', () => {
  const club = (bounds: () => Renewal['bounds'] | undefined) =>
    engine({
      type: 'club',
      help: 'Lets members in.',
      paths: [
        path('login', 'Come in.', { unauthenticated: true }).write({
          summary: 'Come in.',
          answers: { gives: 'auth' },
          handle: async () => reply({ grant: { displayName: 'member', policies: ['member'], ttl: 600, metadata: { name: 'somebody' } } }),
        }),
      ],
      renew: async (_, { metadata }) => (metadata['name'] === 'somebody' ? bounds() : undefined),
    })

  it('is renewed by what the method says now, and refused once it says nothing, or grants other policies', async () => {
    let bounds: Renewal['bounds'] | undefined = { policies: ['member'], ttl: 60 }
    const { ask } = await openCore({ methods: [club(() => bounds)] })
    await ask('write', 'sys/auth/club', { type: 'club' })
    const { auth } = await ask('write', 'auth/club/login', {}, as(undefined))
    const renew = async () => (await ask('write', 'auth/token/renew-self', {}, as(auth?.client_token))).auth

    expect(await renew()).toMatchObject({ lease_duration: 60 })
    bounds = { policies: ['default', 'member'], period: 30 }
    expect(await renew()).toMatchObject({ lease_duration: 30 })
    bounds = { policies: ['member', 'more'], ttl: 60 }
    await expect(renew()).rejects.toMatchObject({ status: 400, message: expect.stringContaining('policies have changed') })
    bounds = undefined
    await expect(renew()).rejects.toMatchObject({ status: 400, message: expect.stringContaining('log in again') })
  })
})

/** With a sweep that runs all the time, and a figure that says how often it has. */
const openSwept = () => openCore({ caretakerMs: 1 })
type Asking = Awaited<ReturnType<typeof openSwept>>['ask']

async function swept(ask: Asking): Promise<void> {
  const runs = async () => {
    const { Counters } = (await ask('read', 'sys/metrics')).data as { Counters: { Name: string; Count: number; Labels: { chore?: string } }[] }
    return Counters.find(({ Name, Labels }) => Name === 'chatelaine_caretaker_runs_total' && Labels.chore === 'expire')?.Count ?? 0
  }
  const before = await runs()
  await expect.poll(runs).toBeGreaterThan(before + 2)
}

describe('a renewal', () => {
  const withRole = async (role: Record<string, unknown>, wish: Record<string, unknown> = {}) => {
    const house = await openCore()
    await house.ask('write', 'auth/token/roles/r', role)
    const { auth } = await house.ask('write', 'auth/token/create/r', { policies: ['default'], ...wish })
    const renew = async () => (await house.ask('write', 'auth/token/renew-self', {}, as(auth?.client_token))).auth
    return { ...house, renew }
  }

  it('goes by the role as it is now: its period, its maximum, and whether it renews at all', async () => {
    const { ask, renew, clock } = await withRole({ period: '1h' })
    expect(await renew()).toMatchObject({ lease_duration: 3600 })

    await ask('write', 'auth/token/roles/r', { period: '10m' })
    expect(await renew()).toMatchObject({ lease_duration: 600 })
    await ask('write', 'auth/token/roles/r', { explicit_max_ttl: '5m' })
    clock.forward(60)
    expect(await renew()).toMatchObject({ lease_duration: 240 })
    await ask('write', 'auth/token/roles/r', { renewable: false })
    await expect(renew()).rejects.toMatchObject({ status: 400, message: 'lease is not renewable' })
  })

  it('is refused once the role is gone, and possible again with a new one of its name', async () => {
    const { ask, renew } = await withRole({ period: '1h' })
    await ask('delete', 'auth/token/roles/r')

    await expect(renew()).rejects.toMatchObject({ status: 500, message: expect.stringContaining('could not be found, not renewing') })

    await ask('write', 'auth/token/roles/r', { period: '1m' })
    expect(await renew()).toMatchObject({ lease_duration: 60 })
  })

  it('keeps what the maker of the token asked for beside the role', async () => {
    const { ask, renew, clock } = await withRole({}, { explicit_max_ttl: '1h' })
    await ask('write', 'auth/token/roles/r', { explicit_max_ttl: '2h' })
    clock.forward(1800)

    expect(await renew()).toMatchObject({ lease_duration: 1800 })
  })

  it('of a token that never expires says that it is not renewable', async () => {
    const { ask } = await openCore()

    await expect(ask('write', 'auth/token/renew-self')).rejects.toMatchObject({ status: 400, message: 'lease is not renewable' })
  })

  it('shows how many uses a token was made with; a lookup, how many are left', async () => {
    const { ask, token } = await openCore()
    const id = await token(['default'], { num_uses: 7, ttl: '1h' })

    await ask('read', 'auth/token/lookup-self', {}, as(id))

    expect((await ask('write', 'auth/token/renew-self', {}, as(id))).auth).toMatchObject({ num_uses: 7 })
    expect((await ask('read', 'auth/token/lookup-self', {}, as(id))).data).toMatchObject({ num_uses: 4 })
  })
})

describe('null for a truth', () => {
  it('is false at the making of a token, also where leaving it out means true', async () => {
    const { ask } = await openCore()

    expect((await ask('write', 'auth/token/create', { ttl: '1h', renewable: null })).auth).toMatchObject({ renewable: false })
    expect((await ask('write', 'auth/token/create', { ttl: '1h' })).auth).toMatchObject({ renewable: true })
  })

  it('is false in a token role', async () => {
    const { ask } = await openCore()

    await ask('write', 'auth/token/roles/r', { renewable: null, orphan: null })

    expect((await ask('read', 'auth/token/roles/r')).data).toMatchObject({ renewable: false, orphan: false })
  })
})
