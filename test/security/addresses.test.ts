import { plainVault, type PlainVault } from '@chatelaine/core/testing'
import { engines, methods } from '@chatelaine/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { offeredBy, paramsIn, type Offered } from './declared.js'
import { openRawDoor, type RawDoor } from './raw.js'

/** A rule about one thing holds at all addresses of it, however the rule spells them. */
let house: PlainVault
let door: RawDoor

beforeAll(async () => {
  house = await plainVault({ engines, methods })
  door = await openRawDoor(house.handle, () => undefined)
  await door.ask('write', 'sys/auth/telegram', { token: house.root, input: { type: 'telegram' } })
})
afterAll(() => door.close())

const everything = '"create", "read", "update", "patch", "delete", "list", "sudo"'

/** The status of a request under a policy that allows everything but for `rule`. */
async function tried(rule: string, request: readonly ['read' | 'list' | 'write' | 'delete', string, object?]): Promise<number> {
  await house.vault.policies.write('walker', `path "*" { capabilities = [${everything}] }\n${rule}`)
  const { text } = await door.ask('write', 'auth/token/create-orphan', { token: house.root, input: { policies: ['walker'] } })
  const token = (JSON.parse(text) as { auth: { client_token: string } }).auth.client_token
  const [verb, path, input = {}] = request
  return (await door.ask(verb, path, { token, input })).status
}

const deny = (path: string) => `path "${path}" { capabilities = ["deny"] }`
const bound = (path: string, rules: string) => `path "${path}" { capabilities = ["create", "update"] ${rules} }`

describe('a deny', () => {
  it.each([
    ['sys/mounts/precious/', 'write', 'sys/mounts/precious', { type: 'kv' }],
    ['sys/mounts/precious/', 'write', 'sys/mounts/precious/', { type: 'kv' }],
    ['sys/mounts/precious//', 'write', 'sys/mounts/precious', { type: 'kv' }],
    ['sys/policies/acl/Prized', 'write', 'sys/policies/acl/prized', { policy: deny('a') }],
    ['sys/policies/acl/Prized', 'write', 'sys/policy/prized', { policy: deny('a') }],
    ['sys/policy/Prized', 'write', 'sys/policies/acl/PRIZED', { policy: deny('a') }],
    ['auth/telegram/role/Boss', 'write', 'auth/telegram/role/boss', { user_ids: ['7'] }],
  ] as const)('of %s holds in every spelling: %s %s', async (rule, verb, path, input) => {
    expect(await tried(deny(rule), [verb, path, input])).toBe(403)
  })

  it('of a name in upper case is no hindrance where names are taken as they are', async () => {
    expect(await tried(deny('sys/mounts/Other'), ['write', 'sys/mounts/other', { type: 'kv' }])).toBeLessThan(300)
    expect(await tried(deny('sys/mounts/others/x/'), ['write', 'sys/mounts/others', { type: 'kv' }])).toBeLessThan(300)
  })

  it('in another spelling is told by sys/capabilities', async () => {
    await house.vault.policies.write('teller', `path "*" { capabilities = [${everything}] }\n${deny('sys/mounts/precious/')}`)
    const { text } = await door.ask('write', 'auth/token/create-orphan', { token: house.root, input: { policies: ['teller'] } })
    const token = (JSON.parse(text) as { auth: { client_token: string } }).auth.client_token
    const answer = await door.ask('write', 'sys/capabilities', { token: house.root, input: { token, paths: ['sys/mounts/precious'] } })
    expect(JSON.parse(answer.text)).toMatchObject({ capabilities: ['deny'] })
  })

  it.each([
    ['sys/rotate', 'write', 'sys/rotate/keyring'], ['sys/rotate/keyring', 'write', 'sys/rotate'],
    ['sys/policies/acl', 'read', 'sys/policy'], ['sys/policies/acl', 'list', 'sys/policy'], ['sys/policy', 'list', 'sys/policies/acl'],
    ['sys/revoke/x', 'write', 'sys/leases/revoke/x'], ['sys/leases/revoke', 'write', 'sys/revoke'],
    ['sys/renew/x', 'write', 'sys/leases/renew/x'], ['sys/leases/renew', 'write', 'sys/renew'],
  ] as const)('of %s holds at the other address of the same thing: %s %s', async (rule, verb, path) => {
    expect(await tried(deny(rule), [verb, path, { lease_id: 'x' }])).toBe(403)
  })
})

describe('a rule about parameters', () => {
  it.each([
    ['sys/policies/acl/z', 'denied_parameters = { policy = [] }', 'sys/policy/z'],
    ['sys/policy/z', 'denied_parameters = { policy = [] }', 'sys/policies/acl/z'],
    ['sys/policies/acl/Z', 'denied_parameters = { policy = [] }', 'sys/policies/acl/z'],
    ['sys/policies/acl/z', 'allowed_parameters = { other = [] }', 'sys/policy/z'],
    ['sys/policies/acl/z', 'required_parameters = ["other"]', 'sys/policy/Z'],
  ])('at %s (%s) holds at %s', async (rule, rules, path) => {
    expect(await tried(bound(rule, rules), ['write', path, { policy: deny('a') }])).toBe(403)
  })

  it('that is kept at one address is no hindrance at the other', async () => {
    expect(await tried(bound('sys/policies/acl/z', 'denied_parameters = { policy = ["x"] }'), ['write', 'sys/policy/z', { policy: deny('a') }])).toBeLessThan(300)
  })
})

/** What one handler does for different things, so that a rule about one says nothing of the other. */
const different = [
  ['sys/mounts', 'sys/auth'],
  ['auth/token/lookup', 'auth/token/lookup-self'],
] as const

it('every two addresses with the same handler name each other', async () => {
  const offers = offeredBy(await house.declared())
  const does = ({ verb, path }: Offered) => `${verb} ${String(path.operations[verb]?.handle)}`
  const kind = ({ path }: Offered) => path.template.replace(/\{(\w+)[+*]?\}/g, '{$1}')
  const apart = (one: Offered, other: Offered) =>
    different.some(([a, b]) => [one, other].every(({ mount, path }) => [a, b].some((start) => (mount + path.template).startsWith(start))))
  const nameless = offers.flatMap((one) =>
    offers
      .filter((other) => other.mount === one.mount && other.path !== one.path && does(other) === does(one) && !apart(one, other))
      // What one address names in its path, the other may name in its body: those are not two addresses of one thing.
      .filter((other) => kind(other) !== kind(one) && String(paramsIn(kind(other))) === String(paramsIn(kind(one))) && !(one.path.options.also ?? []).includes(kind(other)))
      .map((other) => `${one.verb} ${one.mount}${kind(one)} is ${kind(other)}`),
  )
  expect(nameless).toEqual([])
})
