import { BarrierError, keySeal } from '@chatelaine/barrier'
import { memoryStorage, type Response } from '@chatelaine/sdk'
import { describe, expect, it } from 'vitest'
import { Core } from './core.js'
import { movableClock } from './testing/clock.js'
import { furnishedCore, openCore, optionsFor } from './testing/open-core.js'

const bare = (storage = memoryStorage()) => new Core(optionsFor(storage, movableClock()))
const anybody = (core: Core, verb: 'read' | 'write', path: string, input = {}): Promise<Response> => core.handle({ verb, path, input })
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('a core that is not initialized', () => {
  it('says so to anybody, and 503 to all that is not about that', async () => {
    const core = bare()

    expect((await anybody(core, 'read', 'sys/init')).data).toEqual({ initialized: false })
    expect((await anybody(core, 'read', 'sys/seal-status')).data).toMatchObject({
      type: 'shamir', initialized: false, sealed: true, t: 0, n: 0, progress: 0, version: '1.16.3', storage_type: 'inmem', recovery_seal: false,
    })
    expect(await anybody(core, 'read', 'sys/health')).toMatchObject({ status: 501, data: { initialized: false, sealed: true } })
    await expect(anybody(core, 'read', 'sys/mounts')).rejects.toMatchObject({ status: 503, message: 'Vault is sealed' })
    await expect(anybody(core, 'write', 'sys/unseal', { key: 'ab'.repeat(32) })).rejects.toMatchObject({ status: 400 })
  })

  it('is initialized once: shares and a root token are handed out, and it stays sealed', async () => {
    const core = bare()

    const { data } = await anybody(core, 'write', 'sys/init', { secret_shares: 3, secret_threshold: 2 })

    const { keys, keys_base64, root_token } = data as { keys: string[]; keys_base64: string[]; root_token: string }
    expect(keys.map((key) => Buffer.from(key, 'hex').toString('base64'))).toEqual(keys_base64)
    expect([keys.length, root_token]).toEqual([3, expect.stringMatching(/^hvs\./)])
    expect((await anybody(core, 'read', 'sys/seal-status')).data).toMatchObject({ initialized: true, sealed: true, t: 2, n: 3 })
    await expect(anybody(core, 'write', 'sys/init', { secret_shares: 1, secret_threshold: 1 })).rejects.toMatchObject({
      status: 400, message: 'Vault is already initialized',
    })
  })

  it('refuses numbers of shares that make no sense, and stays as it was', async () => {
    const core = bare()

    for (const [secret_shares, secret_threshold] of [[0, 0], [2, 1], [2, 3], [256, 2]]) {
      await expect(anybody(core, 'write', 'sys/init', { secret_shares, secret_threshold })).rejects.toMatchObject({ status: 400 })
    }
    await expect(anybody(core, 'write', 'sys/init', { secret_shares: 1, secret_threshold: 1, pgp_keys: 'x' })).rejects.toMatchObject({ status: 400 })

    expect((await core.status()).initialized).toBe(false)
  })

  it('is founded by one of many who try at once', async () => {
    const storage = memoryStorage()
    const nodes = [bare(storage), bare(storage), bare(storage)]

    const outcomes = await Promise.allSettled([...nodes, ...nodes].map((core) => core.initialize({ shares: 1, threshold: 1 })))

    const won = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    expect(won).toHaveLength(1)
    for (const one of outcomes) if (one.status === 'rejected') expect(BarrierError.alreadyInitialized.is(one.reason)).toBe(true)
    for (const core of nodes) {
      await core.submit(won[0]!.keys[0]!.slice())
      expect(await core.handle({ verb: 'read', path: 'auth/token/lookup-self', input: {}, token: won[0]!.rootToken })).toMatchObject({ status: 200 })
    }
  })
})

describe('a sealed core', () => {
  const sealed = async () => {
    const core = bare()
    const { keys, rootToken } = await core.initialize({ shares: 3, threshold: 2 })
    return { core, keys: keys.map(hex), rootToken }
  }

  it('opens when enough different shares have come, in hex or base64, and counts them', async () => {
    const { core, keys: [a = '', b = ''] } = await sealed()
    const give = async (key: string) => (await anybody(core, 'write', 'sys/unseal', { key })).data

    expect(await give(a)).toMatchObject({ sealed: true, progress: 1 })
    expect(await give(a)).toMatchObject({ sealed: true, progress: 1 })
    expect(await give(Buffer.from(b, 'hex').toString('base64'))).toMatchObject({ sealed: false, progress: 0, cluster_id: expect.any(String) })
    expect(await anybody(core, 'read', 'sys/health')).toMatchObject({ status: 200, data: { sealed: false, standby: false } })
  })

  it('starts over after a wrong share, and when told to', async () => {
    const { core, keys: [a = '', b = ''] } = await sealed()
    await anybody(core, 'write', 'sys/unseal', { key: a })

    const wrong = anybody(core, 'write', 'sys/unseal', { key: `${'00'.repeat(32)}09` })

    await expect(wrong).rejects.toMatchObject({ status: 400 })
    expect(await core.status()).toMatchObject({ sealed: true, progress: 0 })
    await anybody(core, 'write', 'sys/unseal', { key: b })
    expect((await anybody(core, 'write', 'sys/unseal', { reset: true })).data).toMatchObject({ progress: 0 })
    await expect(anybody(core, 'write', 'sys/unseal')).rejects.toMatchObject({ status: 400 })
  })

  it('answers 503 on every path but those that tell the state', async () => {
    const { core, rootToken } = await sealed()

    for (const path of ['sys/mounts', 'sys/seal', 'auth/token/lookup-self', 'secret/x', 'sys/internal/ui/mounts', 'sys/init/', 'nonsense']) {
      await expect(core.handle({ verb: 'read', path, input: {}, token: rootToken }), path).rejects.toMatchObject({ status: 503, message: 'Vault is sealed' })
    }
    for (const path of ['sys/init', 'sys/seal-status', 'sys/health', 'sys/leader']) {
      expect((await anybody(core, 'read', path)).data, path).toBeDefined()
    }
  })
})

describe('health', () => {
  it('answers with the status a load balancer asks for, in each state', async () => {
    const { core, ask, unseal } = await openCore()
    const health = async (input: Record<string, unknown>) => (await anybody(core, 'read', 'sys/health', input)).status

    expect([await health({}), await health({ activecode: '210' }), await health({ sealedcode: 222, standbyok: true })]).toEqual([200, 210, 200])
    await ask('write', 'sys/seal')
    expect([await health({}), await health({ sealedcode: '222' })]).toEqual([503, 222])
    await unseal()
    for (const code of ['x', '', '99', '100', '101', '103', '199', '204', '205', '304', '600', '1000', '2e2', '-200', '200.5', true, ['200', '201']]) {
      for (const name of ['activecode', 'standbycode', 'sealedcode', 'uninitcode', 'drsecondarycode', 'performancestandbycode']) {
        await expect(health({ [name]: code }), `${name}=${String(code)}`).rejects.toMatchObject({ status: 400 })
      }
    }
    expect(await health({})).toBe(200)
  })

  it('says who leads: this node, as every node does', async () => {
    const { core } = await openCore()

    expect((await anybody(core, 'read', 'sys/leader')).data).toMatchObject({ ha_enabled: false, is_self: true, leader_address: 'http://127.0.0.1:8200' })
  })
})

describe('an unsealed core', () => {
  it('is sealed by a request that is answered first, and keeps everything for the next time', async () => {
    const { ask, unseal } = await furnishedCore()
    await ask('write', 'notes/a', { text: 'kept' })

    expect(await ask('write', 'sys/seal')).toMatchObject({ status: 204 })
    await expect(ask('read', 'notes/a')).rejects.toMatchObject({ status: 503, message: 'Vault is sealed' })
    await unseal()

    expect((await ask('read', 'notes/a')).data).toMatchObject({ text: 'kept' })
  })

  it('is not sealed by who may not', async () => {
    const { core, ask, token } = await openCore()

    await expect(ask('write', 'sys/seal', {}, { token: await token(['default']) })).rejects.toMatchObject({ status: 403 })

    expect(await core.status()).toMatchObject({ sealed: false })
  })

  it('is sealed even if the answer cannot be written down', async () => {
    const { core, ask, tape } = await openCore()
    await ask('write', 'sys/audit/tape', { type: 'tape' })
    tape.accepts = (line) => !line.includes('"type":"response"')

    await expect(ask('write', 'sys/seal')).rejects.toMatchObject({ status: 500 })

    expect(await core.status()).toMatchObject({ sealed: true })
  })

  it('takes a share without complaint and does not forget that it is open', async () => {
    const { core, keys } = await openCore()

    expect(await core.submit(keys[0]!.slice())).toMatchObject({ sealed: false })
    await expect(anybody(core, 'write', 'sys/unseal', { reset: true })).rejects.toMatchObject({ status: 400, message: 'vault is unsealed' })
  })

  it('fails what is under way when it is sealed with 503, whatever it was doing', async () => {
    const { core, ask, storage } = await furnishedCore()
    await ask('write', 'sys/audit/tape', { type: 'tape' })
    storage.beforeCommit = (keys) => (keys.some((key) => key.startsWith('logical/')) ? core.seal() : undefined)

    await expect(ask('write', 'notes/a', { text: 'x' })).rejects.toMatchObject({ status: 503, message: 'Vault is sealed' })
  })

  it('makes no token for a request that outlived a sealing and the next opening', async () => {
    const { core, ask, storage, unseal } = await openCore()
    const before = await storage.list('sys/token/id/')
    const get = storage.get
    storage.get = async (key) => {
      if (key === 'sys/policy/default') {
        storage.get = get
        await core.seal()
        await unseal()
      }
      return get(key)
    }
    await ask('write', 'sys/policies/acl/maker', { policy: 'path "auth/token/create" { capabilities = ["update", "sudo"] }' })
    const { auth } = await ask('write', 'auth/token/create', { policies: ['maker', 'default'] })

    await expect(ask('write', 'auth/token/create', {}, { token: auth?.client_token ?? '' })).rejects.toMatchObject({ status: 503 })

    expect(await storage.list('sys/token/id/')).toHaveLength(before.length + 1)
  })

  it('comes to rest in the state that was asked for last, however many ask', async () => {
    const { core, ask, unseal } = await openCore()
    const wishes = Array.from({ length: 30 }, (_, i) => (i % 3 === 2 ? core.initialize({ shares: 1, threshold: 1 }) : i % 3 === 1 ? unseal() : core.seal()))

    const outcomes = await Promise.allSettled(wishes)
    await unseal()

    for (const [i, { status }] of outcomes.entries()) expect(status).toBe(i % 3 === 2 ? 'rejected' : 'fulfilled')
    expect(await core.status()).toMatchObject({ sealed: false })
    expect(await ask('read', 'auth/token/lookup-self')).toMatchObject({ status: 200 })
    await core.seal()
    expect(await core.status()).toMatchObject({ sealed: true })
  })

  it('never says it is unsealed while it refuses to serve', async () => {
    const { core, ask, keys, storage } = await openCore()
    await core.seal()
    const look = async () => {
      const { sealed } = await core.status()
      return [sealed, await ask('read', 'auth/token/lookup-self').then(() => 'served', () => 'refused')]
    }
    const seen: unknown[] = []
    const get = storage.get
    storage.get = async (key) => {
      // The barrier is open by now, and the vault not yet put together.
      if (key === 'core/mounts' && seen.length === 0) seen.push(await look())
      return get(key)
    }

    await core.submit(keys[0]!.slice())

    expect(seen).toEqual([[true, 'refused']])
    expect(await look()).toEqual([false, 'served'])
  })

  it('takes a new key for new records on request, and tells which', async () => {
    const { ask } = await furnishedCore()
    await ask('write', 'notes/a', { text: 'old' })

    expect(await ask('write', 'sys/rotate')).toMatchObject({ status: 204 })

    expect(await ask('read', 'sys/key-status')).toMatchObject({ form: 'legacy', data: { term: 2, install_time: '2030-01-01T00:00:00.000Z', encryptions: expect.any(Number) } })
    expect((await ask('read', 'notes/a')).data).toMatchObject({ text: 'old' })
  })

  it('clears away expired tokens by itself', async () => {
    const { core, token, clock, storage } = await openCore({ caretakerMs: 1 })
    const before = await storage.list('sys/token/id/')
    await token(['default'], { ttl: 10 })

    clock.forward(10)

    await expect.poll(() => storage.list('sys/token/id/')).toEqual(before)
    await core.seal()
  })
})

describe('a core with a seal of its own', () => {
  const key = new Uint8Array(32).fill(3)
  const sealedBy = (storage = memoryStorage()) => new Core({ ...optionsFor(storage, movableClock()), seal: keySeal(key.slice(), { type: 'static' }) })

  it('hands out recovery keys, stays open, and opens again without people', async () => {
    const storage = memoryStorage()
    const core = sealedBy(storage)

    const { data } = await anybody(core, 'write', 'sys/init', { recovery_shares: 2, recovery_threshold: 2 })

    expect(data).toMatchObject({ keys: [], recovery_keys: [expect.any(String), expect.any(String)] })
    expect(await core.status()).toMatchObject({ sealed: false, type: 'static' })
    await core.seal()
    expect(await sealedBy(storage).unseal()).toBe(true)
    const people = sealedBy(storage)
    for (const share of (data as { recovery_keys: string[] }).recovery_keys) await anybody(people, 'write', 'sys/unseal', { key: share })
    expect(await people.status()).toMatchObject({ sealed: false })
  })

  it('refuses the parameters of the other kind', async () => {
    await expect(anybody(sealedBy(), 'write', 'sys/init', { secret_shares: 1, secret_threshold: 1 })).rejects.toMatchObject({ status: 400, message: expect.stringMatching(/not applicable to seal type/) })
    await expect(anybody(bare(), 'write', 'sys/init', { recovery_shares: 1, recovery_threshold: 1 })).rejects.toMatchObject({ status: 400, message: expect.stringMatching(/not applicable to seal type/) })
  })

  it('has nothing to unseal before it is founded', async () => {
    expect(await sealedBy().unseal()).toBe(false)
  })
})
