import { BarrierError } from '@chatelaine/barrier'
import { sharedMemory } from '@chatelaine/sdk/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { Core } from './core.js'
import { movableClock } from './testing/clock.js'
import { openNodes, type Nodes } from './testing/open-nodes.js'
import { allow, optionsFor } from './testing/open-core.js'

let house: Nodes | undefined
const nodes = async (changed: Parameters<typeof openNodes>[0] = {}) => (house = await openNodes(changed))
afterEach(async () => {
  await house?.close()
  house = undefined
})

const settled = async (work: readonly Promise<{ status: number }>[]) =>
  (await Promise.allSettled(work)).map((one) => (one.status === 'fulfilled' ? one.value.status : (one.reason as { status: number }).status))

describe('what was changed on one node', () => {
  it('is seen by the next request on the other: a mount, its tuning, its move, its removal', async () => {
    const { a, b } = await nodes()
    await a.ask('write', 'sys/mounts/notes', { type: 'notes' })
    expect(await b.ask('write', 'notes/x', { text: '1' })).toMatchObject({ status: 204 })
    expect(await a.ask('read', 'notes/x')).toMatchObject({ data: { text: '1' } })

    await b.ask('write', 'sys/mounts/notes/tune', { max_lease_ttl: '77s', description: 'tuned' })
    expect(await a.ask('read', 'sys/mounts/notes/tune')).toMatchObject({ data: { max_lease_ttl: 77, description: 'tuned' } })

    await a.ask('write', 'sys/mounts/notes/tune', { options: { version: '2' } })
    expect(await b.ask('read', 'notes/x')).toMatchObject({ data: { text: '1', version: '2' } })

    await a.ask('write', 'sys/remount', { from: 'notes', to: 'moved' })
    expect(await b.ask('read', 'moved/x')).toMatchObject({ data: { text: '1' } })
    await expect(b.ask('read', 'notes/x')).rejects.toMatchObject({ status: 404 })

    await b.ask('delete', 'sys/mounts/moved')
    await expect(a.ask('read', 'moved/x')).rejects.toMatchObject({ status: 404 })
  })

  it('is seen by the next request on the other: a policy, a token, its end', async () => {
    const { a, b } = await nodes()
    await allow(a.ask, 'reader', { 'sys/mounts': ['read'] })
    const { auth } = await b.ask('write', 'auth/token/create', { policies: ['reader'] })
    const extra = { token: auth!.client_token }
    expect(await a.ask('read', 'sys/mounts', {}, extra)).toMatchObject({ status: 200 })

    await b.ask('delete', 'sys/policies/acl/reader')
    await expect(a.ask('read', 'sys/mounts', {}, extra)).rejects.toMatchObject({ status: 403 })
    await allow(b.ask, 'reader', { 'sys/mounts': ['read'] })
    expect(await a.ask('read', 'sys/mounts', {}, extra)).toMatchObject({ status: 200 })

    await a.ask('write', 'auth/token/revoke-accessor', { accessor: auth!.accessor })
    await expect(b.ask('read', 'sys/mounts', {}, extra)).rejects.toMatchObject({ status: 403 })
  })

  it('is seen by the next request on the other: an audit device, which that node opens and closes as well', async () => {
    const { a, b } = await nodes()
    await a.ask('write', 'sys/audit/tape', { type: 'tape' })
    await b.ask('read', 'sys/mounts')
    expect(b.tape.lines.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual(['request', 'response'])
    b.tape.accepts = () => false
    await expect(b.ask('read', 'sys/mounts')).rejects.toMatchObject({ status: 500 })
    b.tape.accepts = () => true

    await b.ask('write', 'sys/config/auditing/request-headers/x-seen', { hmac: false })
    expect(await a.ask('read', 'sys/config/auditing/request-headers')).toMatchObject({ data: { headers: { 'x-seen': { hmac: false } } } })
    await a.ask('delete', 'sys/audit/tape')

    const before = b.tape.lines.length
    expect(await b.ask('read', 'sys/audit')).toMatchObject({ data: {} })
    expect(b.tape.lines).toHaveLength(before)
  })

  it('is seen by the next request on the other: a token role, and what was wrapped', async () => {
    const { a, b } = await nodes()
    await a.ask('write', 'auth/token/roles/r', { allowed_policies: 'default' })
    expect((await b.ask('write', 'auth/token/create/r')).auth?.policies).toEqual(['default'])

    const { wrap } = await a.ask('write', 'sys/wrapping/wrap', { secret: 'x' }, { wrapTtl: 60 })
    expect(await b.ask('write', 'sys/wrapping/unwrap', { token: wrap!.token })).toMatchObject({ status: 200 })
    await expect(a.ask('write', 'sys/wrapping/unwrap', { token: wrap!.token })).rejects.toMatchObject({ status: 400 })
  })

  it('is a new key for new records, which the other follows without being asked', async () => {
    const { a, b } = await nodes()
    await a.ask('write', 'sys/rotate')
    await a.ask('write', 'cubbyhole/x', { text: 'new' })

    expect((await b.ask('read', 'cubbyhole/x')).data).toEqual({ text: 'new' })
    const lists = b.handle.counts.catchUps
    await expect.poll(() => b.handle.counts.catchUps).toBeGreaterThan(lists + 2)
    expect((await b.ask('read', 'sys/key-status')).data).toMatchObject({ term: 2 })
  })
})

describe('two nodes that race', () => {
  it('make one vault of a storage, with one set of shares and one root token', async () => {
    const shared = sharedMemory()
    const cores = ['a', 'b', 'c'].map((id) => new Core(optionsFor(shared.open(id), movableClock())))

    const outcomes = await Promise.allSettled(cores.map((core) => core.initialize({ shares: 1, threshold: 1 })))

    const won = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    expect(won).toHaveLength(1)
    for (const one of outcomes) if (one.status === 'rejected') expect(one.reason).toSatisfy(BarrierError.alreadyInitialized.is)
    await Promise.all(cores.map((core) => core.submit(won[0]!.keys[0]!.slice())))
    for (const core of cores) {
      const { data } = await core.handle({ verb: 'list', path: 'auth/token/accessors', input: {}, token: won[0]!.rootToken })
      expect(data?.['keys']).toHaveLength(1)
      const mounts = await core.handle({ verb: 'read', path: 'sys/mounts', input: {}, token: won[0]!.rootToken })
      expect(Object.keys(mounts.data ?? {}).sort()).toEqual(['cubbyhole/', 'sys/'])
    }
    await Promise.all(cores.map((core) => core.close()))
  })

  it('take the one use of a token once', async () => {
    const { a, b } = await nodes()
    for (let round = 0; round < 5; round++) {
      const { auth } = await a.ask('write', 'auth/token/create', { policies: ['default'], num_uses: 1 })
      const extra = { token: auth!.client_token }

      const statuses = await settled([a, b, a, b, a, b].map((node) => node.ask('read', 'auth/token/lookup-self', {}, extra)))

      expect(statuses.sort()).toEqual([200, 403, 403, 403, 403, 403])
    }
  })

  it('count the uses of a token together', async () => {
    const { a, b } = await nodes()
    const { auth } = await a.ask('write', 'auth/token/create', { policies: ['default'], num_uses: 20 })
    const extra = { token: auth!.client_token }

    const statuses = await settled(Array.from({ length: 30 }, (_, i) => (i % 2 ? a : b).ask('read', 'auth/token/lookup-self', {}, extra)))

    expect(statuses.filter((status) => status === 200)).toHaveLength(20)
  })

  it('change tables without losing a row of one another', async () => {
    const { a, b } = await nodes()
    const names = Array.from({ length: 8 }, (_, i) => `n${i}`)

    await Promise.all(names.map((name, i) => (i % 2 ? a : b).ask('write', `sys/mounts/${name}`, { type: 'notes' })))
    await Promise.all(names.map((name, i) => (i % 2 ? a : b).ask('write', `sys/audit/${name}`, { type: 'tape' })))

    expect(Object.keys((await b.ask('read', 'sys/mounts')).data ?? {})).toEqual(expect.arrayContaining(names.map((name) => `${name}/`)))
    expect(Object.keys((await a.ask('read', 'sys/audit')).data ?? {}).sort()).toEqual(names.map((name) => `${name}/`))
  })

  it('mount one engine at one path', async () => {
    const { a, b } = await nodes()

    const statuses = await settled([a, b, a, b].map((node) => node.ask('write', 'sys/mounts/notes', { type: 'notes' })))

    expect(statuses.sort()).toEqual([204, 400, 400, 400])
  })

  it('leave no child of a token that was revoked, on whichever node it was born', async () => {
    const { a, b } = await nodes()
    await allow(a.ask, 'maker', { 'auth/token/create': ['update'] })
    for (let round = 0; round < 5; round++) {
      const { auth } = await a.ask('write', 'auth/token/create', { policies: ['maker', 'default'] })
      const births = Array.from({ length: 6 }, () => b.ask('write', 'auth/token/create', {}, { token: auth!.client_token }))
      const end = a.ask('write', 'auth/token/revoke', { token: auth!.client_token })

      const born = (await Promise.allSettled(births)).flatMap((one) => (one.status === 'fulfilled' ? [one.value.auth!.client_token] : []))
      await end

      for (const token of born) await expect(b.ask('read', 'auth/token/lookup-self', {}, { token })).rejects.toMatchObject({ status: 403 })
    }
    expect((await a.ask('list', 'auth/token/accessors')).data?.['keys']).toHaveLength(1)
  })

  it('finish together what was begun: an upgrade and a removal, found when they unseal', async () => {
    const { a, b } = await nodes()
    await a.ask('write', 'sys/mounts/notes', { type: 'notes' })
    await a.ask('write', 'notes/x', { text: '1' })
    await a.ask('write', 'sys/mounts/gone', { type: 'notes' })
    for (let i = 0; i < 120; i++) await a.ask('write', `gone/${i}`, { text: String(i) })
    const [before] = [(await a.handle.list('logical/')).length]
    await Promise.all([a.ask('write', 'sys/mounts/notes/tune', { options: { version: '2' } }), b.ask('delete', 'sys/mounts/gone'), a.ask('delete', 'sys/mounts/gone')])
    await Promise.all([a.core.seal(), b.core.seal()])

    await Promise.all([a.unseal(), b.unseal()])

    expect((await b.ask('read', 'notes/x')).data).toMatchObject({ text: '1', version: '2' })
    expect((await a.handle.list('logical/')).length).toBe(before - 1)
  })
})

describe('a node that cannot ask its storage', () => {
  it('serves nothing, and never what was true once', async () => {
    const { a, b } = await nodes()
    await a.ask('write', 'cubbyhole/x', { text: 'old' })
    a.handle.cut('refuses')

    await expect(a.ask('read', 'cubbyhole/x')).rejects.toMatchObject({ status: 503 })
    expect((await b.ask('read', 'cubbyhole/x')).data).toEqual({ text: 'old' })
    a.handle.mend()

    expect((await a.ask('read', 'cubbyhole/x')).data).toEqual({ text: 'old' })
  })

  it.each(['refuses', 'hangs'] as const)('still tells its state when storage %s, and what is wrong', async (how) => {
    const { a } = await nodes()
    await a.anybody('read', 'sys/health')
    a.handle.cut(how)

    expect(await a.anybody('read', 'sys/health')).toMatchObject({
      status: 503,
      data: { initialized: true, sealed: false, storage: { state: 'no_quorum', problem: 'the test has cut it off' } },
    })
    expect(await a.anybody('read', 'sys/seal-status')).toMatchObject({ status: 200, data: { initialized: true, sealed: false, n: 1, t: 1 } })
    expect(await a.anybody('read', 'sys/leader')).toMatchObject({ status: 200, data: { is_self: true } })
    // A farewell to a storage that never answers would be waited for.
    a.handle.mend()
  })

  it('is healthy while storage is only slow or full, and says so; and says nothing when all is well', async () => {
    const { a } = await nodes()
    expect((await a.anybody('read', 'sys/health')).data).not.toHaveProperty('storage')

    for (const state of ['slow', 'no_space', 'stopped'] as const) {
      a.handle.feel({ state, problem: `it is ${state}` })
      expect(await a.anybody('read', 'sys/health')).toMatchObject({ status: 200, data: { storage: { state, problem: `it is ${state}` } } })
    }
  })

  it('does not call a vault uninitialized that it cannot see', async () => {
    const handle = sharedMemory().open('a')
    const core = new Core(optionsFor(handle, movableClock()))
    handle.cut('refuses')

    for (const path of ['sys/init', 'sys/health', 'sys/seal-status']) {
      await expect(core.handle({ verb: 'read', path, input: {} })).rejects.toMatchObject({ status: 503 })
    }
  })
})
