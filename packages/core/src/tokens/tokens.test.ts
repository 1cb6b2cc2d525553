import { describe, expect, it } from 'vitest'
import { allow, furnishedCore, openCore, type Ask, type House } from '../testing/open-core.js'

const as = (token: string) => ({ token })
const day = 86_400
const month = 2_764_800

async function lookup(ask: Ask, token: string) {
  return (await ask('write', 'auth/token/lookup', { token })).data as Record<string, any>
}

/** Whether a request with `token` is answered; 403 is the answer to a token that is good for nothing. */
const lives = (ask: Ask, token: string) =>
  ask('read', 'auth/token/lookup-self', {}, as(token)).then(() => true, (error: { status: number }) => error.status !== 403)

/** A house with a token that may make tokens, but has no sudo. */
async function withMaker(policies = ['maker', 'default']): Promise<House & { maker: string }> {
  const house = await openCore()
  await allow(house.ask, 'maker', { 'auth/token/create': ['update'], 'auth/token/create/*': ['update'] })
  return { ...house, maker: await house.token(policies) }
}

describe('a token', () => {
  it('is told apart from others by its form: hvs. and 24 letters, an accessor of 24', async () => {
    const { ask } = await openCore()

    const { auth } = await ask('write', 'auth/token/create', { policies: ['default'] })

    expect(auth?.client_token).toMatch(/^hvs\.[A-Za-z0-9]{24}$/)
    expect(auth?.accessor).toMatch(/^[A-Za-z0-9]{24}$/)
    expect(auth).toMatchObject({ token_type: 'service', orphan: false, renewable: true, lease_duration: month, num_uses: 0 })
  })

  it('of root never expires and cannot be renewed', async () => {
    const { ask, root, clock } = await openCore()

    clock.forward(100 * 365 * day)

    expect(await lookup(ask, root)).toMatchObject({ ttl: 0, expire_time: null, policies: ['root'], path: 'auth/token/root', orphan: true })
    await expect(ask('write', 'auth/token/renew-self')).rejects.toMatchObject({ status: 400, message: 'lease is not renewable' })
  })

  it('takes its policies from its parent when it asks for none', async () => {
    const { ask, maker } = await withMaker()

    const { auth } = await ask('write', 'auth/token/create', {}, as(maker))

    expect(auth?.policies).toEqual(['default', 'maker'])
  })

  it('cannot have a policy that its parent lacks, unless sudo says so', async () => {
    const { ask, maker } = await withMaker()
    const refused = ask('write', 'auth/token/create', { policies: ['maker', 'other'] }, as(maker))
    await expect(refused).rejects.toMatchObject({ status: 400, message: 'child policies must be subset of parent' })

    await allow(ask, 'maker', { 'auth/token/create': ['update', 'sudo'] })

    const { auth } = await ask('write', 'auth/token/create', { policies: ['maker', 'other'] }, as(maker))
    expect(auth?.policies).toEqual(['default', 'maker', 'other'])
  })

  it('whose parent has no default policy has none either', async () => {
    const { ask, token } = await withMaker()
    const bare = await token(['maker'], { no_default_policy: true })

    const { auth } = await ask('write', 'auth/token/create', { policies: ['maker'] }, as(bare))

    expect(auth?.policies).toEqual(['maker'])
    await expect(ask('write', 'auth/token/create', { policies: ['default'] }, as(bare))).rejects.toMatchObject({ status: 400 })
  })

  it('has its policies lower-cased, sorted, once each, with default unless it asks not to', async () => {
    const { ask } = await openCore()

    const one = await ask('write', 'auth/token/create', { policies: ['Zebra', 'ant', 'ANT'] })
    const two = await ask('write', 'auth/token/create', { policies: ['ant', 'default'], no_default_policy: true })

    expect(one.auth?.policies).toEqual(['ant', 'default', 'zebra'])
    expect(one.warnings).toEqual(['Policy "ant" does not exist', 'Policy "zebra" does not exist'])
    expect(two.auth?.policies).toEqual(['ant'])
  })

  it('of root stands alone, and only root makes it', async () => {
    const { ask, maker } = await withMaker()

    const { auth } = await ask('write', 'auth/token/create', { policies: ['root', 'default', 'x'] })

    expect(auth?.policies).toEqual(['root'])
    await expect(ask('write', 'auth/token/create', { policies: ['root'] }, as(maker))).rejects.toMatchObject({ status: 400 })
    await allow(ask, 'maker', { 'auth/token/create': ['update', 'sudo'] })
    await expect(ask('write', 'auth/token/create', { policies: ['root'] }, as(maker))).rejects.toMatchObject({
      message: 'root tokens may not be created without parent token being root',
    })
  })

  it('of root that expires cannot make one that does not', async () => {
    const { ask, token } = await openCore()
    const expiring = await token(['root'], { ttl: '1h' })

    const refused = ask('write', 'auth/token/create', { policies: ['root'] }, as(expiring))

    await expect(refused).rejects.toMatchObject({ message: 'expiring root tokens cannot create non-expiring root tokens' })
    const { auth } = await ask('write', 'auth/token/create', { policies: ['root'], ttl: '1h' }, as(expiring))
    expect(auth?.lease_duration).toBe(3600)
  })

  it.each([{ id: 'chosen' }, { no_parent: true }, { period: '1h' }])('needs sudo for %o', async (wish) => {
    const { ask, maker } = await withMaker()

    await expect(ask('write', 'auth/token/create', wish, as(maker))).rejects.toMatchObject({ status: 400, message: expect.stringMatching(/root or sudo/) })
    await allow(ask, 'maker', { 'auth/token/create': ['update', 'sudo'] })

    expect(await ask('write', 'auth/token/create', wish, as(maker))).toMatchObject({ status: 200 })
  })

  it.each([{ ttl: -5 }, { ttl: '-5s' }, { explicit_max_ttl: -1 }, { period: -1 }, { num_uses: -1 }])('cannot have %o', async (wish) => {
    const { ask } = await openCore()

    await expect(ask('write', 'auth/token/create', wish)).rejects.toMatchObject({ status: 400 })
  })

  it('may bear an id that sudo chose, if nobody could mistake it for one of ours, and nobody else has it', async () => {
    const { ask } = await openCore()
    await ask('write', 'auth/token/create', { id: 'chosen', ttl: 60 })

    expect(await lookup(ask, 'chosen')).toMatchObject({ id: 'chosen' })
    for (const id of ['chosen', 'hvs.mine', 'a.b', 'with space', 'ümlaut']) {
      await expect(ask('write', 'auth/token/create', { id }), id).rejects.toMatchObject({ status: 400 })
    }
  })

  it('cannot take the id of one that has expired but is not cleared away yet', async () => {
    const { ask, clock } = await openCore()
    await ask('write', 'auth/token/create', { id: 'chosen', ttl: 60 })

    clock.forward(61)

    await expect(ask('write', 'auth/token/create', { id: 'chosen' })).rejects.toMatchObject({ status: 400, message: expect.stringMatching(/duplicate ID/) })
  })

  it('shows its display name with what is odd in it replaced', async () => {
    const { ask, token } = await openCore()

    expect(await lookup(ask, await token(['default'], { display_name: 'Ann & Bob' }))).toMatchObject({ display_name: 'token-Ann---Bob' })
    expect(await lookup(ask, await token(['default']))).toMatchObject({ display_name: 'token' })
  })

  it('says nothing of batches but no', async () => {
    const { ask } = await openCore()

    await expect(ask('write', 'auth/token/create', { type: 'batch' })).rejects.toMatchObject({ status: 400, message: expect.stringMatching(/batch tokens are not offered/) })
  })
})

describe('looking a token up', () => {
  it('says what it is, and by accessor all but its id', async () => {
    const { ask, token } = await openCore()
    const id = await token(['default'], { ttl: '1h', meta: { team: 'a' }, explicit_max_ttl: '2h', num_uses: 5 })

    const found = await lookup(ask, id)
    const hidden = (await ask('write', 'auth/token/lookup-accessor', { accessor: found['accessor'] })).data

    expect(found).toMatchObject({
      id, policies: ['default'], path: 'auth/token/create', meta: { team: 'a' }, num_uses: 5, orphan: false, entity_id: '', type: 'service',
      creation_time: Date.parse('2030-01-01') / 1000, creation_ttl: 3600, ttl: 3600, explicit_max_ttl: 7200, expire_time: '2030-01-01T01:00:00.000Z',
    })
    expect(hidden).toEqual({ ...found, id: '' })
  })

  it('of an unknown token is 403, of an unknown accessor 400', async () => {
    const { ask } = await openCore()

    await expect(lookup(ask, 'hvs.unknown')).rejects.toMatchObject({ status: 403, message: 'bad token' })
    await expect(ask('write', 'auth/token/lookup-accessor', { accessor: 'x' })).rejects.toMatchObject({ status: 400, message: 'invalid accessor' })
  })

  it('lists the accessors of the living, which takes sudo', async () => {
    const { ask, root, token, clock } = await openCore()
    const [short, long] = [await token(['default'], { ttl: 10 }), await token(['default'])]
    const accessors = [await lookup(ask, root), await lookup(ask, long)].map(({ accessor }) => accessor as string)
    await allow(ask, 'lister', { 'auth/token/accessors/': ['list'] })
    await expect(ask('list', 'auth/token/accessors/', {}, as(await token(['lister'], { ttl: 5 })))).rejects.toMatchObject({ status: 403 })

    clock.forward(11)

    expect(await lives(ask, short)).toBe(false)
    expect((await ask('list', 'auth/token/accessors/')).data).toEqual({ keys: accessors.sort() })
  })
})

describe('the life of a token', () => {
  it('ends to the second', async () => {
    const { ask, token, clock } = await openCore()
    const id = await token(['default'], { ttl: 60 })

    clock.forward(59)
    expect(await lives(ask, id)).toBe(true)

    clock.forward(1)
    expect(await lives(ask, id)).toBe(false)
    await expect(lookup(ask, id)).rejects.toMatchObject({ status: 403 })
  })

  it('is prolonged from now on by what a renewal asks for, and no further than the maximum from its creation', async () => {
    const { ask, token, clock } = await openCore()
    const id = await token(['default'], { ttl: '1h' })

    clock.forward(1800)
    const asked = await ask('write', 'auth/token/renew-self', { increment: '2h' }, as(id))
    clock.forward(3600)
    const usual = await ask('write', 'auth/token/renew-self', {}, as(id))
    const long = await ask('write', 'auth/token/renew-self', { increment: 40 * day }, as(id))

    expect(asked.auth).toMatchObject({ client_token: id, lease_duration: 7200 })
    expect(usual.auth?.lease_duration).toBe(3600)
    expect(long.auth?.lease_duration).toBe(month - 5400)
    expect(long.warnings?.[0]).toMatch(/^TTL of .*exceeded the effective max_ttl of/)
  })

  it('may last as long as it is renewed, if it has a period', async () => {
    const { ask, token, clock } = await openCore()
    const id = await token(['default'], { period: '1h' })

    for (let i = 0; i < 2000; i++) {
      clock.forward(3000)
      await ask('write', 'auth/token/renew-self', { increment: 10 }, as(id))
    }

    expect(await lookup(ask, id)).toMatchObject({ ttl: 3600, period: 3600 })
  })

  it('ends at the explicit maximum, period or not', async () => {
    const { ask, token, clock } = await openCore()
    const id = await token(['default'], { period: '1h', explicit_max_ttl: 5400 })

    clock.forward(3000)
    const { auth } = await ask('write', 'auth/token/renew-self', {}, as(id))

    expect(auth?.lease_duration).toBe(2400)
    clock.forward(2400)
    expect(await lives(ask, id)).toBe(false)
  })

  it('cannot be prolonged past a maximum that was lowered meanwhile, nor cut short by trying', async () => {
    const { ask, token, clock } = await openCore()
    const id = await token(['default'], { ttl: '10h' })
    clock.forward(7200)
    await ask('write', 'sys/mounts/auth/token/tune', { default_lease_ttl: '1h', max_lease_ttl: '1h' })

    const refused = ask('write', 'auth/token/renew-self', {}, as(id))

    await expect(refused).rejects.toMatchObject({ status: 400, message: 'past the max TTL, cannot renew' })
    expect(await lives(ask, id)).toBe(true)
  })

  it('that a login began is bounded by the method that let it in', async () => {
    const { ask, clock } = await furnishedCore()
    await ask('write', 'sys/auth/door/tune', { default_lease_ttl: '1h', max_lease_ttl: '2h' })
    const { auth } = await ask('write', 'auth/door/login', {}, { token: undefined })
    expect(auth?.lease_duration).toBe(3600)

    clock.forward(3000)
    const renewed = await ask('write', 'auth/token/renew-self', { increment: '5h' }, as(auth?.client_token ?? ''))

    expect(renewed.auth?.lease_duration).toBe(7200 - 3000)
  })

  it('is not prolonged for who may not: not renewable, unknown, by accessor without showing the token', async () => {
    const { ask, token } = await openCore()
    const stiff = await token(['default'], { renewable: false })
    const { accessor } = await lookup(ask, await token(['default']))

    await expect(ask('write', 'auth/token/renew', { token: stiff })).rejects.toMatchObject({ message: 'lease is not renewable' })
    await expect(ask('write', 'auth/token/renew', { token: 'x' })).rejects.toMatchObject({ status: 400, message: 'token not found' })
    expect((await ask('write', 'auth/token/renew-accessor', { accessor })).auth).toMatchObject({ accessor, client_token: '' })
  })
})

describe('revoking', () => {
  it('ends a token with all its descendants, and nobody else', async () => {
    const { ask, maker, token } = await withMaker()
    const child = (await ask('write', 'auth/token/create', {}, as(maker))).auth?.client_token ?? ''
    const grandchild = (await ask('write', 'auth/token/create', {}, as(child))).auth?.client_token ?? ''
    const other = await token(['default'])

    expect(await ask('write', 'auth/token/revoke', { token: maker })).toMatchObject({ status: 204 })

    expect(await Promise.all([maker, child, grandchild, other].map((id) => lives(ask, id)))).toEqual([false, false, false, true])
  })

  it('leaves orphans alive, also those that lost their parent by revoke-orphan', async () => {
    const { ask, maker } = await withMaker()
    const child = (await ask('write', 'auth/token/create', {}, as(maker))).auth?.client_token ?? ''
    const { auth } = await ask('write', 'auth/token/create-orphan', { policies: ['default'] })

    await ask('write', 'auth/token/revoke-orphan', { token: maker })

    expect(await Promise.all([maker, child, auth?.client_token ?? ''].map((id) => lives(ask, id)))).toEqual([false, true, true])
    expect(await lookup(ask, child)).toMatchObject({ orphan: true })
  })

  it('of oneself, by accessor, and of what is not there, is answered as in Vault', async () => {
    const { ask, token } = await openCore()
    const [one, two] = [await token(['default']), await token(['default'])]
    const { accessor } = await lookup(ask, two)

    expect(await ask('write', 'auth/token/revoke-self', {}, as(one))).toMatchObject({ status: 204 })
    expect(await ask('write', 'auth/token/revoke-accessor', { accessor })).toMatchObject({ status: 204 })
    expect(await ask('write', 'auth/token/revoke', { token: 'unknown' })).toMatchObject({ status: 204 })
    expect(await ask('write', 'auth/token/revoke-accessor', { accessor })).toMatchObject({ status: 200, warnings: ['No token found with this accessor'] })
    expect([await lives(ask, one), await lives(ask, two)]).toEqual([false, false])
  })

  it('takes sudo where it would leave children behind, or make a token that has no parent', async () => {
    const { ask, token } = await openCore()
    await allow(ask, 'all', { 'auth/token/*': ['update'] })
    const id = await token(['all'])

    await expect(ask('write', 'auth/token/revoke-orphan', { token: id }, as(id))).rejects.toMatchObject({ status: 403 })
    await expect(ask('write', 'auth/token/create-orphan', {}, as(id))).rejects.toMatchObject({ status: 403 })
  })
})

describe('a token with a number of uses', () => {
  it('is good for so many requests, refused ones included, and then gone with all its records', async () => {
    const { ask, token, storage } = await openCore()
    const before = await storage.list('sys/token/id/')
    const id = await token(['default'], { num_uses: 3 })

    await ask('read', 'auth/token/lookup-self', {}, as(id))
    await expect(ask('read', 'sys/mounts', {}, as(id))).rejects.toMatchObject({ status: 403 })
    expect((await ask('read', 'auth/token/lookup-self', {}, as(id))).data).toMatchObject({ num_uses: 0 })

    await expect(ask('read', 'auth/token/lookup-self', {}, as(id))).rejects.toMatchObject({ status: 403, message: 'permission denied' })
    expect(await storage.list('sys/token/id/')).toEqual(before)
  })

  it('of 1 is used by exactly one of many requests that come at once', async () => {
    const { ask, token } = await openCore()
    const id = await token(['default'], { num_uses: 1 })

    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => ask('read', 'auth/token/lookup-self', {}, as(id))))

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const one of outcomes) if (one.status === 'rejected') expect(one.reason).toMatchObject({ status: 403 })
  })

  it('serves as many requests at once as it has uses, and no more', async () => {
    const { ask, token } = await openCore()
    const id = await token(['default'], { num_uses: 100 })

    const outcomes = await Promise.allSettled(Array.from({ length: 150 }, () => ask('read', 'auth/token/lookup-self', {}, as(id))))

    const failures = outcomes.flatMap((one) => (one.status === 'rejected' ? [(one.reason as { status: number }).status] : []))
    expect(failures).toEqual(Array(50).fill(403))
  })

  it.each([1, 2])('of %i cannot make a child', async (uses) => {
    const { ask, token } = await withMaker()
    const id = await token(['maker'], { num_uses: uses })

    await expect(ask('write', 'auth/token/create', {}, as(id))).rejects.toMatchObject({
      status: 400, message: 'restricted use token cannot generate child tokens',
    })
  })
})

describe('what a token carries', () => {
  it('has a display name of at most 1000 characters, and names of policies of at most 512, which none is written under either', async () => {
    const { ask, root } = await openCore()
    const make = (input: Record<string, unknown>) => ask('write', 'auth/token/create', { policies: ['default'], ...input }, { token: root })

    expect(await make({ display_name: 'd'.repeat(1000), policies: ['p'.repeat(512)] })).toMatchObject({ status: 200 })
    await expect(make({ display_name: 'd'.repeat(1001) })).rejects.toMatchObject({ status: 400, message: 'display_name has at most 1000 characters' })
    await expect(make({ policies: ['p'.repeat(513)] })).rejects.toMatchObject({ status: 400, message: expect.stringContaining('at most 512 characters') })
    for (const at of ['sys/policies/acl', 'sys/policy']) {
      await expect(ask('write', `${at}/${'p'.repeat(513)}`, { policy: 'path "a" {}' })).rejects.toMatchObject({ status: 400 })
    }
  })

  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i}`, 'v']))

  it.each([
    ['policies', { policies: Array.from({ length: 257 }, (_, i) => `p${i}`) }],
    ['entries of metadata', { meta: many(257) }],
    ['metadata', { meta: { a: 'x'.repeat(65_536) } }],
  ])('is bounded, since each of its requests reads it: too many %s', async (_, wish) => {
    const { ask } = await openCore()
    await expect(ask('write', 'auth/token/create', wish)).rejects.toMatchObject({ status: 400, message: expect.stringContaining('at most 256') })
  })

  it('may be as much as that', async () => {
    const { ask } = await openCore()
    const { auth } = await ask('write', 'auth/token/create', { policies: Array.from({ length: 256 }, (_, i) => `p${i}`), meta: many(256) })
    expect(auth?.metadata).toEqual(many(256))
  })
})
