import { randomBytes } from '@chatelaine/crypto'
import { memoryStorage, type Storage } from '@chatelaine/sdk'
import { describe, expect, it } from 'vitest'
import { Barrier } from './barrier.js'
import { BarrierError } from './errors.js'
import { reserved } from './reserved.js'
import { Sealing } from './sealing.js'
import { keySeal } from './seals/key-seal.js'
import { standingClock } from './testing/world.js'

const bytes = (text: string) => new TextEncoder().encode(text)
const invalidKey = BarrierError.invalidKey.is

function node(storage: Storage = memoryStorage()) {
  const barrier = new Barrier(storage, { clock: standingClock() })
  return { storage, barrier, sealing: new Sealing(storage, barrier) }
}

/** Founded by shares, with something written, and sealed. */
async function sealedVault(secretShares = 5, secretThreshold = 3) {
  const made = node()
  const { shares } = await made.sealing.initialize({ secretShares, secretThreshold })
  await made.barrier.commit([{ put: 'k', value: bytes('kept') }])
  await made.sealing.seal()
  return { ...made, shares }
}

async function autoVault(recoveryShares = 5, recoveryThreshold = 3) {
  const made = node()
  const seal = keySeal(randomBytes(32), { type: 'transit' })
  const { shares } = await made.sealing.initialize({ seal, recoveryShares, recoveryThreshold })
  await made.barrier.commit([{ put: 'k', value: bytes('kept') }])
  await made.sealing.seal()
  return { ...made, shares, seal }
}

const kept = async (barrier: Barrier) => new TextDecoder().decode((await barrier.get('k'))?.value)

describe('initialising', () => {
  it('founds a Vault and leaves it open', async () => {
    const { sealing, barrier } = node()
    expect(await sealing.initialized()).toBe(false)
    expect(await sealing.status()).toEqual({
      type: 'shamir', initialized: false, sealed: true, t: 0, n: 0, progress: 0, nonce: '',
    })

    const { shares } = await sealing.initialize({ secretShares: 5, secretThreshold: 3 })

    expect(shares.map((share) => share.length)).toEqual([33, 33, 33, 33, 33])
    expect(barrier.sealed).toBe(false)
    expect(await sealing.initialized()).toBe(true)
    expect(await sealing.status()).toEqual({
      type: 'shamir', initialized: true, sealed: false, t: 3, n: 5, progress: 0, nonce: '',
    })
  })

  it('writes what a sealed node must know, and no key in the clear', async () => {
    const { storage } = await sealedVault()

    const config = new TextDecoder().decode((await storage.get(reserved.sealConfig))!.value)
    const stored = new TextDecoder().decode((await storage.get(reserved.storedKey))!.value)

    expect(JSON.parse(config)).toEqual({ version: 1, type: 'shamir', secret_shares: 5, secret_threshold: 3 })
    expect(JSON.parse(stored)).toEqual({ version: 1, wrapped: [{ by: 'shamir', blob: expect.any(String) }] })
  })

  it('happens once', async () => {
    const { sealing, shares } = await sealedVault()

    const again = sealing.initialize({ secretShares: 1, secretThreshold: 1 })

    await expect(again).rejects.toSatisfy(BarrierError.alreadyInitialized.is)
    await expect(again).rejects.toThrow('Vault is already initialized')
    for (const share of shares.slice(0, 3)) await sealing.submit(share)
    expect((await sealing.status()).sealed).toBe(false)
  })

  it('lets one of many racing nodes found it, whose shares then open every node', async () => {
    const storage = memoryStorage()
    const nodes = Array.from({ length: 6 }, () => node(storage))

    const outcomes = await Promise.allSettled(
      nodes.map(({ sealing }) => sealing.initialize({ secretShares: 3, secretThreshold: 2 })),
    )

    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled')
    expect(won).toHaveLength(1)
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome.status === 'rejected') {
        expect(outcome.reason).toSatisfy(BarrierError.alreadyInitialized.is)
        expect(nodes[i]!.barrier.sealed).toBe(true)
        for (const share of won[0]!.value.shares.slice(1)) await nodes[i]!.sealing.submit(share)
      }
    }
    expect(nodes.map(({ barrier }) => barrier.sealed)).toEqual(Array(6).fill(false))
  })

  it('still returns the shares when the answer to its commit was lost', async () => {
    const memory = memoryStorage()
    const losing: Storage = {
      ...memory,
      async commit(writes, guards) {
        await memory.commit(writes, guards)
        throw new Error('connection lost')
      },
    }
    const { sealing, barrier } = node(losing)

    const { shares } = await sealing.initialize({ secretShares: 1, secretThreshold: 1 })

    expect(barrier.sealed).toBe(false)
    const other = node(memory)
    expect(await other.sealing.submit(shares[0]!)).toMatchObject({ sealed: false })
  })

  it('fails, founding nothing, when its commit did not happen', async () => {
    const memory = memoryStorage()
    const broken: Storage = { ...memory, commit: () => Promise.reject(new Error('disk full')) }
    const { sealing, barrier } = node(broken)

    await expect(sealing.initialize({ secretShares: 1, secretThreshold: 1 })).rejects.toThrow('disk full')

    expect(barrier.sealed).toBe(true)
    expect(await sealing.initialized()).toBe(false)
  })

  it.each([
    [0, 0, 'shares must be at least one'],
    [5, 0, 'threshold must be at least one'],
    [5, 1, 'threshold must be greater than one for multiple shares'],
    [5, 6, 'threshold cannot be larger than shares'],
    [256, 3, 'shares must be less than 256'],
    [2.5, 2, 'shares must be at least one'],
  ])('refuses %s shares with threshold %s in the words of Vault', async (secretShares, secretThreshold, words) => {
    const { sealing, storage } = node()

    const refused = sealing.initialize({ secretShares, secretThreshold })

    await expect(refused).rejects.toSatisfy(BarrierError.invalidConfig.is)
    await expect(refused).rejects.toThrow(`invalid seal configuration: ${words}`)
    expect(await storage.list('')).toEqual([])
  })
})

describe('unsealing by shares', () => {
  it('opens with any threshold of them, telling the progress', async () => {
    const { sealing, barrier, shares } = await sealedVault()

    const first = await sealing.submit(shares[4]!)
    expect(first).toMatchObject({ sealed: true, progress: 1, t: 3, n: 5 })
    expect(first.nonce).toMatch(/^[0-9a-f-]{36}$/)
    expect(await sealing.submit(shares[0]!)).toEqual({ ...first, progress: 2 })
    expect(await sealing.submit(shares[2]!)).toEqual({ ...first, sealed: false, progress: 0, nonce: '' })

    expect(await kept(barrier)).toBe('kept')
  })

  it('opens with a single share, which is the key', async () => {
    const { sealing, barrier, shares } = await sealedVault(1, 1)
    expect(shares[0]).toHaveLength(32)
    expect(await sealing.submit(shares[0]!)).toMatchObject({ sealed: false })
    expect(await kept(barrier)).toBe('kept')
  })

  it('counts a repeated share once', async () => {
    const { sealing, shares } = await sealedVault()
    await sealing.submit(shares[0]!)
    await sealing.submit(shares[1]!)
    expect(await sealing.submit(shares[0]!.slice())).toMatchObject({ sealed: true, progress: 2 })
  })

  it('starts again after a wrong share, since which was wrong cannot be told', async () => {
    const { sealing, barrier, shares } = await sealedVault()
    await sealing.submit(shares[0]!)
    await sealing.submit(shares[1]!)

    const wrong = sealing.submit(randomBytes(33))

    await expect(wrong).rejects.toSatisfy(invalidKey)
    expect(await sealing.status()).toMatchObject({ sealed: true, progress: 0, nonce: '' })
    for (const share of shares.slice(0, 3)) await sealing.submit(share)
    expect(await kept(barrier)).toBe('kept')
  })

  it('answers the same to shares that cannot belong together', async () => {
    const { sealing, shares } = await sealedVault(5, 2)
    const [share] = shares
    const others = [share!.subarray(1), share!.with(0, share![0]! ^ 1), randomBytes(33).with(32, 0), randomBytes(16)]

    for (const other of others) {
      await sealing.submit(share!)
      await expect(sealing.submit(other)).rejects.toSatisfy(invalidKey)
    }
    expect(await sealing.status()).toMatchObject({ progress: 0 })
  })

  it('does not open with a single share of the wrong bytes or length', async () => {
    const { sealing } = await sealedVault(1, 1)
    for (const share of [randomBytes(32), randomBytes(33), randomBytes(16)]) {
      await expect(sealing.submit(share)).rejects.toSatisfy(invalidKey)
    }
  })

  it('refuses a share of impossible length without losing progress', async () => {
    const { sealing, shares } = await sealedVault()
    await sealing.submit(shares[0]!)

    await expect(sealing.submit(randomBytes(15))).rejects.toSatisfy(BarrierError.keyTooShort.is)
    await expect(sealing.submit(randomBytes(34))).rejects.toSatisfy(BarrierError.keyTooLong.is)

    expect(await sealing.status()).toMatchObject({ progress: 1 })
  })

  it('counts every one of many shares that come at the same moment', async () => {
    const { sealing, barrier, shares } = await sealedVault(9, 7)

    const answers = await Promise.all(shares.map((share) => sealing.submit(share)))

    expect(answers.map(({ progress, sealed }) => (sealed ? progress : 'open'))).toEqual([
      1, 2, 3, 4, 5, 6, 'open', 'open', 'open',
    ])
    expect(await kept(barrier)).toBe('kept')
  })

  it('goes on after a failure in the midst of a queue', async () => {
    const { sealing, shares } = await sealedVault(3, 2)

    const outcomes = await Promise.allSettled([
      sealing.submit(shares[0]!),
      sealing.submit(randomBytes(33)),
      sealing.submit(shares[0]!),
      sealing.submit(shares[1]!),
    ])

    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect((await sealing.status()).sealed).toBe(false)
  })

  it('forgets shares on reset and on sealing', async () => {
    const { sealing, shares } = await sealedVault()
    await sealing.submit(shares[0]!)
    expect(await sealing.reset()).toMatchObject({ progress: 0, nonce: '' })

    await sealing.submit(shares[0]!)
    await sealing.seal()
    expect(await sealing.status()).toMatchObject({ progress: 0, nonce: '' })
  })

  it('does not outlive an order to seal that came while it was under way', async () => {
    const { sealing, barrier, shares } = await sealedVault(1, 1)

    const unsealing = sealing.submit(shares[0]!)
    const sealed = sealing.seal()
    await Promise.all([unsealing, sealed])

    expect(barrier.sealed).toBe(true)
  })

  it('ends at the very moment of an order to seal', async () => {
    const { sealing, barrier, shares } = await sealedVault(1, 1)
    await sealing.submit(shares[0]!)

    const sealed = sealing.seal()

    expect(barrier.sealed).toBe(true)
    await sealed
  })

  it('does nothing while unsealed, and refuses to reset', async () => {
    const { sealing, shares } = await sealedVault(1, 1)
    await sealing.submit(shares[0]!)

    expect(await sealing.submit(randomBytes(33))).toMatchObject({ sealed: false, progress: 0 })
    await expect(sealing.reset()).rejects.toThrow('vault is unsealed')
  })

  it('says that there is no Vault yet', async () => {
    const { sealing } = node()
    await expect(sealing.submit(randomBytes(33))).rejects.toThrow('Vault is not initialized')
    const seal = keySeal(randomBytes(32), { type: 'transit' })
    await expect(sealing.unsealWith(seal)).rejects.toSatisfy(BarrierError.notInitialized.is)
  })

  it('names what was damaged in storage', async () => {
    const { sealing, storage, shares } = await sealedVault(1, 1)
    const damaged = (key: string) => (error: unknown) => BarrierError.tampered.is(error) && error.details.key === key

    const keyring = (await storage.get(reserved.keyring))!.value
    await storage.commit([{ put: reserved.keyring, value: keyring.with(40, keyring[40]! ^ 1) }])
    await expect(sealing.submit(shares[0]!)).rejects.toSatisfy(damaged(reserved.keyring))
    for (const text of ['', '[]', '{"version":2}', '{"version":1}', '{"version":1,"wrapped":[{"by":1}]}']) {
      await storage.commit([{ put: reserved.storedKey, value: bytes(text) }])
      await expect(sealing.submit(shares[0]!)).rejects.toSatisfy(damaged(reserved.storedKey))
    }
    for (const text of ['{', 'null', '{"version":1,"type":"shamir","secret_shares":"1","secret_threshold":1}']) {
      await storage.commit([{ put: reserved.sealConfig, value: bytes(text) }])
      await expect(sealing.status()).rejects.toSatisfy(damaged(reserved.sealConfig))
    }
  })
})

describe('unsealing without people', () => {
  it('opens with the seal that it was founded with', async () => {
    const { sealing, barrier, seal } = await autoVault()

    const status = await sealing.unsealWith(seal)

    expect(status).toEqual({ type: 'transit', initialized: true, sealed: false, t: 3, n: 5, progress: 0, nonce: '' })
    expect(await kept(barrier)).toBe('kept')
    expect(await sealing.unsealWith(seal)).toEqual(status)
  })

  it('opens with the recovery shares when the seal is gone', async () => {
    const { sealing, barrier, shares } = await autoVault(3, 2)

    await sealing.submit(shares[2]!)
    expect(await sealing.submit(shares[0]!)).toMatchObject({ type: 'transit', sealed: false })

    expect(await kept(barrier)).toBe('kept')
  })

  it('may be founded without recovery shares, and then shares open nothing', async () => {
    const { sealing, shares, seal } = await autoVault(0, 0)
    expect(shares).toEqual([])

    await expect(sealing.submit(randomBytes(33))).rejects.toThrow('the "recovery" seal cannot open it')
    expect(await sealing.status()).toMatchObject({ sealed: true, progress: 0 })
    expect(await sealing.unsealWith(seal)).toMatchObject({ sealed: false, t: 0, n: 0 })
  })

  it('says which seal wrapped the root key when another is used', async () => {
    const { sealing } = await autoVault()
    const other = keySeal(randomBytes(32), { type: 'keyfile' })

    await expect(sealing.unsealWith(other)).rejects.toThrow(
      'the root key was wrapped by "transit", "recovery", so the "keyfile" seal cannot open it',
    )
  })

  it('stays sealed when the seal has another key, and keeps the shares given so far', async () => {
    const { sealing, shares } = await autoVault()
    await sealing.submit(shares[0]!)
    const other = keySeal(randomBytes(32), { type: 'transit' })

    await expect(sealing.unsealWith(other)).rejects.toSatisfy(BarrierError.notUnwrapped.is)

    expect(await sealing.status()).toMatchObject({ sealed: true, progress: 1 })
  })

  it('refuses recovery counts in the words of Vault', async () => {
    const seal = keySeal(randomBytes(32), { type: 'transit' })
    const attempt = node().sealing.initialize({ seal, recoveryShares: 2, recoveryThreshold: 1 })
    await expect(attempt).rejects.toThrow('threshold must be greater than one for multiple shares')
  })
})
