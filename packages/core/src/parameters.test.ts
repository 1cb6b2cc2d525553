import { describe, expect, it } from 'vitest'
import { openCore } from './testing/open-core.js'

/** What a token that may do everything, but for these parameters at one path, is told when it sends `input` there. */
async function tried(rule: string, input: Record<string, unknown>, path = 'auth/token/create'): Promise<number> {
  const { ask, token } = await openCore()
  const policy = `path "*" { capabilities = ["create", "read", "update", "list", "sudo"] }\npath "${path}" { capabilities = ["create", "read", "update", "sudo"] ${rule} }`
  await ask('write', 'sys/policies/acl/some', { policy })
  for (const name of ['admin', 'team-x']) await ask('write', `sys/policies/acl/${name}`, { policy: 'path "a" { capabilities = ["read"] }' })
  const mine = await token(['some'])
  return ask('write', path, input, { token: mine }).then(({ status }) => status, ({ status }: { status: number }) => status)
}

describe('a denied parameter', () => {
  it.each([
    ['no_parent=[true]', { no_parent: '1' }], ['no_parent=[true]', { no_parent: 'T' }], ['no_parent=[true]', { no_parent: 1 }], ['no_parent=["1"]', { no_parent: true }],
    ['no_parent=[false]', { no_parent: null }], ['no_parent=[false]', { no_parent: '' }],
    ['policies=["admin"]', { policies: ['admin'] }], ['policies=["admin"]', { policies: 'admin,' }], ['policies=["admin"]', { policies: 'team-x, ADMIN' }],
    ['policies=["admin"]', { policies: ['team-x', 'Admin'] }], ['policies=["ADMIN"]', { policies: ['admin'] }], ['policies=["adm*"]', { policies: ['team-x', 'admin'] }],
    ['policies=[["team-x", "admin"]]', { policies: 'admin,team-x' }], ['policies=["team-x,admin"]', { policies: ['admin', 'team-x', 'other'] }],
    ['ttl=[3600]', { ttl: '1h' }], ['ttl=["1h"]', { ttl: 3600 }], ['ttl=["60m"]', { ttl: '3600s' }], ['ttl=["9*"]', { ttl: '0900h' }],
    ['num_uses=[5]', { num_uses: '5' }], ['num_uses=["5"]', { num_uses: 5 }],
    ['meta=["a=b"]', { meta: { a: 'b', c: 'd' } }], ['meta=[{ a = "b" }]', { meta: ['c=d', 'a=b'] }], ['meta=["a=*"]', { meta: { a: 'anything' } }],
    ['display_name=["1"]', { display_name: 1 }], ['unknown=["x"]', { unknown: ['x'] }], ['Policies=["admin"]', { policies: ['admin'] }],
  ])('%s is refused as the engine would see it: %j', async (rule, input) => {
    expect(await tried(`denied_parameters = { ${rule} }`, input)).toBe(403)
  })

  it.each([
    ['no_parent=[true]', { no_parent: '0' }], ['policies=["admin"]', { policies: ['team-x'] }], ['ttl=[3600]', { ttl: '2h' }], ['renewable=[true]', {}],
    ['policies=["team-x,admin"]', { policies: ['admin'] }], ['ttl=["soon"]', { ttl: '1h' }], ['meta=["a=b"]', { meta: { a: 'c' } }],
  ])('%s is no hindrance to other values: %j', async (rule, input) => {
    expect(await tried(`denied_parameters = { ${rule} }`, input)).toBe(200)
  })

  it('is found in the path too, where the engine takes it from', async () => {
    expect(await tried('denied_parameters = { role = ["admin"] }', { role: 'other' }, 'auth/token/create/admin')).toBe(403)
    expect(await tried('denied_parameters = { name = ["other"] }', { name: 'other' }, 'auth/token/roles/mine')).toBe(204)
  })
})

describe('an allowed parameter', () => {
  it.each([
    ['policies=["team-*"]', { policies: 'team-x,admin' }], ['policies=["team-*"]', { policies: ['team-x', 'admin'] }], ['policies=["team-*"]', { policies: [] }],
    ['ttl=["1h"]', { ttl: 7200 }], ['no_parent=[false]', { no_parent: 'true' }], ['meta=["team=a"]', { meta: { team: 'a', admin: 'true' } }],
    ['ttl=["1h"]', { ttl: '1h', unknown: 1 }],
  ])('%s does not let through %j', async (rule, input) => {
    expect(await tried(`allowed_parameters = { ${rule} }`, input)).toBe(403)
  })

  it.each([
    ['policies=["team-*"]', { policies: 'team-x' }], ['policies=["team-*", "admin"]', { policies: 'admin, team-x' }], ['ttl=["1h"]', { ttl: 3600 }], ['ttl=["1*"]', { ttl: '1h' }],
    ['no_parent=[true]', { no_parent: '1' }], ['meta=["team=*"]', { meta: ['team=a'] }], ['ttl=[]', { ttl: '5m' }], ['"*"=[]', { ttl: '5m', unknown: 1 }],
  ])('%s lets through what the engine sees as that: %j', async (rule, input) => {
    expect(await tried(`allowed_parameters = { ${rule} }`, input)).toBe(200)
  })

  it('says nothing of what stands in the path, unless it names it', async () => {
    expect(await tried('allowed_parameters = { renewable = [] }', { renewable: false }, 'auth/token/roles/mine')).toBe(204)
    expect(await tried('allowed_parameters = { name = ["yours"] "*" = [] }', { renewable: false }, 'auth/token/roles/mine')).toBe(403)
  })
})

describe('a required parameter', () => {
  it('is not given by a default, nor by a null that the engine takes for nothing', async () => {
    expect(await tried('required_parameters = ["ttl"]', {})).toBe(403)
    expect(await tried('required_parameters = ["ttl"]', { ttl: null })).toBe(403)
    expect(await tried('required_parameters = ["ttl"]', { ttl: 60 })).toBe(200)
  })
})

describe('an input that is not in form', () => {
  it('is told to nobody who may not ask at all', async () => {
    const { ask, token } = await openCore()
    const nobody = await token(['default'])

    await expect(ask('write', 'auth/token/create', { ttl: 'never' }, { token: nobody })).rejects.toMatchObject({ status: 403 })
    await expect(ask('write', 'sys/policies/acl/ x', { policy: 1 }, { token: nobody })).rejects.toMatchObject({ status: 403 })
    await expect(ask('write', 'auth/token/create', { ttl: 'never' })).rejects.toMatchObject({ status: 400 })
  })
})
