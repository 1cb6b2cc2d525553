import { memoryStorage } from '@chatelaine/sdk'
import type { Seal } from '@chatelaine/barrier'
import { describe, expect, it } from 'vitest'
import { Core } from './core.js'
import { CoreError } from './errors.js'
import { movableClock } from './testing/clock.js'
import { optionsFor } from './testing/open-core.js'

/** Hides nothing: it turns bytes around, so that a test sees whether it was asked at all. */
const mirror: Seal = {
  type: 'mirror',
  wrap: async (key) => key.slice().reverse(),
  unwrap: async (blob) => blob.slice().reverse(),
}

const core = (seal?: Seal) => new Core({ ...optionsFor(memoryStorage(), movableClock()), seal })
const init = (on: Core, input: Record<string, number>) => on.handle({ verb: 'write', path: 'sys/init', input })

describe('sys/init', () => {
  it('hands out the shares that unseal', async () => {
    const { data } = await init(core(), { secret_shares: 3, secret_threshold: 2 })

    expect(data).toMatchObject({ keys: { length: 3 }, keys_base64: { length: 3 } })
    expect(data).not.toHaveProperty('recovery_keys')
  })

  it('hands out recovery shares where a seal unseals', async () => {
    const vault = core(mirror)

    const { data } = await init(vault, { recovery_shares: 3, recovery_threshold: 2 })

    expect(data).toMatchObject({ keys: [], keys_base64: [], recovery_keys: { length: 3 }, recovery_keys_base64: { length: 3 } })
    expect(await vault.status()).toMatchObject({ sealed: false, type: 'mirror' })
    await vault.seal()
  })

  it('refuses the counts of the other kind of seal', async () => {
    const shamir = init(core(), { secret_shares: 1, secret_threshold: 1, recovery_shares: 1, recovery_threshold: 1 })
    const sealed = init(core(mirror), { secret_shares: 1, secret_threshold: 1 })

    await expect(shamir).rejects.toSatisfy(CoreError.invalid.is)
    await expect(sealed).rejects.toThrow('parameters secret_shares,secret_threshold not applicable to seal type mirror')
  })
})

describe('sys/health', () => {
  it('says of a sealed server that it stands by, and of an open one that it does not', async () => {
    const vault = core(mirror)
    const health = (input: Record<string, unknown> = {}) => vault.handle({ verb: 'read', path: 'sys/health', input })

    expect(await health()).toMatchObject({ status: 501, data: { sealed: true, standby: true } })
    await init(vault, { recovery_shares: 1, recovery_threshold: 1 })
    expect(await health({ standbyok: '' })).toMatchObject({ status: 200, data: { sealed: false, standby: false } })
    await vault.seal()
    expect(await health({ sealedcode: '418' })).toMatchObject({ status: 418, data: { sealed: true, standby: true } })
    expect(await health()).toMatchObject({ status: 503, data: { standby: true } })
    for (const field of ['standbyok', 'perfstandbyok']) await expect(health({ [field]: 'maybe' })).rejects.toMatchObject({ status: 400 })
  })
})

describe('sys/seal-status', () => {
  it('names the kind of the recovery shares where a seal unseals', async () => {
    const vault = core(mirror)
    await init(vault, { recovery_shares: 1, recovery_threshold: 1 })
    const read = (on: Core) => on.handle({ verb: 'read', path: 'sys/seal-status', input: {} })

    expect(await read(vault)).toMatchObject({ data: { type: 'mirror', recovery_seal: true, recovery_seal_type: 'shamir' } })
    expect(await read(core())).toMatchObject({ data: { recovery_seal: false, recovery_seal_type: '' } })
    await vault.seal()
  })
})

describe('sys/leader', () => {
  it('asks for its own address only when it is asked', async () => {
    let address = 'http://127.0.0.1:0'
    const options = optionsFor(memoryStorage(), movableClock())
    const vault = new Core({ ...options, server: { ...options.server, apiAddress: () => address } })
    const { keys } = await vault.initialize({ shares: 1, threshold: 1 })
    for (const key of keys) await vault.submit(key)
    address = 'http://127.0.0.1:8200'

    const { data } = await vault.handle({ verb: 'read', path: 'sys/leader', input: {} })

    expect(data).toMatchObject({ leader_address: 'http://127.0.0.1:8200', is_self: true })
    await vault.seal()
  })
})
