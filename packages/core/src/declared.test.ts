import { engine, path, reply, type AnyOperation, type Engine, type Verb } from '@chatelaine/sdk'
import { judged } from '@chatelaine/sdk/testing'
import { Type as T } from 'typebox'
import { describe, expect, it } from 'vitest'
import { allow, openCore, type House } from './testing/open-core.js'

/** Writes down which operations were handled, and judges each of their answers. */
function watching(handled: Set<string>, declared: Set<string>) {
  return (served: Engine): Engine => {
    const paths = judged(served).paths.map((at) => ({
      ...at,
      operations: Object.fromEntries(
        (Object.entries(at.operations) as [Verb, AnyOperation][]).map(([verb, operation]) => {
          const name = `${served.type} ${verb} ${at.template}`
          declared.add(name)
          return [verb, { ...operation, handle: async (call: never) => (handled.add(name), (await operation.handle(call)) as object) }]
        }),
      ),
    }))
    return { ...served, paths }
  }
}

type Asked = readonly [verb: Verb, path: string, input?: Record<string, unknown>]

/** Every operation that the server itself brings, but for those of the tests below. */
const plain: readonly Asked[] = [
  ['read', 'sys/init'], ['read', 'sys/seal-status'], ['read', 'sys/health'], ['read', 'sys/leader'], ['read', 'sys/ha-status'], ['read', 'sys/key-status'],
  ['read', 'sys/mounts'], ['read', 'sys/mounts/cubbyhole'], ['read', 'sys/mounts/notes/tune'], ['write', 'sys/mounts/notes/tune', { max_lease_ttl: '1h' }],
  ['write', 'sys/mounts/notes/tune', { options: { version: '2' } }], ['read', 'sys/auth'], ['read', 'sys/auth/token'], ['read', 'sys/auth/door/tune'],
  ['write', 'sys/auth/door/tune', { description: 'x' }], ['read', 'sys/mounts/auth/door/tune'], ['write', 'sys/mounts/auth/door/tune', { description: 'y' }], ['read', 'sys/policy'], ['list', 'sys/policy'], ['list', 'sys/policies/acl'],
  ['write', 'sys/policies/acl/a', { policy: 'path "x" {}' }], ['read', 'sys/policies/acl/a'], ['delete', 'sys/policies/acl/a'],
  ['write', 'sys/policy/B', { rules: 'path "x" {}' }], ['read', 'sys/policy/b'], ['delete', 'sys/policy/b'], ['read', 'sys/policy/none'],
  ['write', 'sys/capabilities-self', { paths: ['a', 'b'] }], ['read', 'sys/audit'], ['read', 'sys/config/auditing/request-headers'],
  ['write', 'sys/config/auditing/request-headers/x-a', { hmac: true }], ['read', 'sys/config/auditing/request-headers/x-a'], ['delete', 'sys/config/auditing/request-headers/x-a'],
  ['write', 'sys/rotate'], ['write', 'sys/rotate/keyring'], ['write', 'sys/step-down'], ['read', 'sys/internal/ui/mounts'], ['read', 'sys/internal/ui/mounts/notes'],
  ['read', 'sys/internal/specs/openapi'], ['read', 'sys/leases/hold'], ['delete', 'sys/leases/hold'], ['list', 'sys/leases/lookup/x'], ['read', 'sys/metrics'],
  ...['revoke', 'leases/revoke'].flatMap((at): Asked[] => [['write', `sys/${at}`, { lease_id: 'x' }], ['write', `sys/${at}/a/b`]]),
  ...['revoke-prefix', 'revoke-force', 'leases/revoke-prefix', 'leases/revoke-force'].map((at): Asked => ['write', `sys/${at}/none`]),
  ['read', 'sys/storage/snapshot'], ['write', 'cubbyhole/a', { x: 1 }], ['read', 'cubbyhole/a'], ['list', 'cubbyhole/'], ['delete', 'cubbyhole/a'], ['read', 'cubbyhole/none'],
  ['write', 'auth/token/lookup', {}], ['read', 'auth/token/lookup'], ['read', 'auth/token/lookup-self'], ['write', 'auth/token/lookup-self'], ['list', 'auth/token/accessors'],
  ['write', 'auth/token/roles/r', { orphan: true }], ['read', 'auth/token/roles/r'], ['list', 'auth/token/roles'], ['write', 'auth/token/create/r'],
  ['write', 'auth/token/create-orphan', { policies: ['none'], meta: { a: 'b' } }], ['delete', 'auth/token/roles/r'], ['write', 'auth/token/tidy'],
  ['write', 'auth/token/revoke-accessor', { accessor: 'none' }], ['write', 'sys/mounts/second', { type: 'notes' }],
  ['delete', 'sys/mounts/second'], ['write', 'sys/auth/second', { type: 'door' }], ['delete', 'sys/auth/second'],
]

async function wrappingsOf({ ask }: House): Promise<void> {
  const wrap = async () => (await ask('write', 'sys/wrapping/wrap', { a: 1 }, { wrapTtl: 60 })).wrap?.token
  const again = await ask('write', 'sys/wrapping/rewrap', { token: await wrap() })
  await ask('write', 'sys/wrapping/lookup', { token: again.wrap?.token })
  await ask('read', 'sys/wrapping/lookup', {}, { token: again.wrap?.token })
  await ask('write', 'sys/wrapping/unwrap', { token: again.wrap?.token })
}

async function tokensOf({ ask }: House): Promise<void> {
  const make = async () => (await ask('write', 'auth/token/create', { ttl: '1h', period: '1h' })).auth
  const [one, two, three, four] = [await make(), await make(), await make(), await make()]
  await ask('write', 'sys/capabilities', { token: one?.client_token, path: 'a' })
  await ask('write', 'sys/capabilities-accessor', { accessor: one?.accessor, path: 'a' })
  await ask('write', 'auth/token/renew', { token: one?.client_token })
  await ask('write', 'auth/token/renew-self', {}, { token: one?.client_token })
  await ask('write', 'auth/token/renew-accessor', { accessor: one?.accessor })
  await ask('write', 'auth/token/lookup-accessor', { accessor: one?.accessor })
  await ask('write', 'auth/token/revoke', { token: one?.client_token })
  await ask('write', 'auth/token/revoke-self', {}, { token: two?.client_token })
  await ask('write', 'auth/token/revoke-accessor', { accessor: three?.accessor })
  await ask('write', 'auth/token/revoke-orphan', { token: four?.client_token })
}

describe('every operation that the server brings', () => {
  it('answers as it is declared to: status, form, data', async () => {
    const [handled, declared] = [new Set<string>(), new Set<string>()]
    async function* snapshot() { yield new Uint8Array(1) }
    const house = await openCore({ judge: watching(handled, declared), snapshot })
    const { ask } = house
    await ask('write', 'sys/mounts/notes', { type: 'notes' })
    await ask('write', 'sys/auth/door', { type: 'door' })
    await allow(ask, 'some', { a: ['read'] })

    for (const [verb, at, input] of plain) await ask(verb, at, input)
    await wrappingsOf(house)
    await tokensOf(house)
    const moved = await ask('write', 'sys/remount', { from: 'notes', to: 'moved' })
    await ask('read', `sys/remount/status/${String(moved.data?.['migration_id'])}`)
    await ask('write', 'sys/audit/tape', { type: house.tape.type.type })
    await ask('read', 'sys/audit')
    await ask('write', 'sys/audit-hash/tape', { input: 'x' })
    await ask('delete', 'sys/audit/tape')
    await ask('write', 'sys/seal', { all: true })
    await ask('write', 'sys/unseal', { reset: true })

    expect(declared.size).toBeGreaterThan(80)
    const left = [...declared].filter((name) => !handled.has(name) && /^(system|token|cubbyhole) /.test(name))
    // Nothing here is leased to be renewed or looked up; founding is shown by the tests of status.
    expect(left.filter((name) => !/^system write (init|renew.*|leases\/(renew|lookup).*)$/.test(name))).toEqual([])
  })

  it.each([
    ['a status', reply({ status: 202, data: { a: 1 } }), /answered 202 and declares 200/], ['a form', reply({ data: { a: 1 }, form: 'legacy' }), /in the form legacy/],
    ['a field', { a: 1, b: 2 }, /the field b/], ['a type', { a: 'one' }, /does not fit its output/], ['a token', reply({ auth: {} as never }), /gave out a token/],
  ])('fails its tests when it answers with %s that it does not declare', async (_, answer, message) => {
    const wrong = engine({
      type: 'wrong', help: '', paths: [path('a', '').read({ summary: '', output: T.Object({ a: T.Integer() }), handle: async () => answer as never })],
    })
    const { ask } = await openCore({ engines: [wrong] })
    await ask('write', 'sys/mounts/wrong', { type: 'wrong' })

    await expect(ask('read', 'wrong/a')).rejects.toThrow(message)
  })
})
