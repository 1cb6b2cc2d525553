import { randomBytes } from '@chatelaine/crypto'
import { describe, expect, it } from 'vitest'
import { BarrierError } from '../errors.js'
import { keySeal } from './key-seal.js'

describe('keySeal', () => {
  it('gives the root key back, and wraps it differently each time', async () => {
    const seal = keySeal(randomBytes(32), { type: 'shamir' })
    const rootKey = randomBytes(32)

    const [one, two] = [await seal.wrap(rootKey), await seal.wrap(rootKey)]

    expect(one).not.toEqual(two)
    expect(await seal.unwrap(one)).toEqual(rootKey)
    expect(await seal.unwrap(two)).toEqual(rootKey)
  })

  it('opens with no other key, under no other type, and no changed or missing byte', async () => {
    const key = randomBytes(32)
    const seal = keySeal(key, { type: 'shamir' })
    const blob = await seal.wrap(randomBytes(32))
    const refused = BarrierError.notUnwrapped.is

    await expect(keySeal(randomBytes(32), { type: 'shamir' }).unwrap(blob)).rejects.toSatisfy(refused)
    await expect(keySeal(key, { type: 'recovery' }).unwrap(blob)).rejects.toSatisfy(refused)
    await expect(keySeal(randomBytes(33), { type: 'shamir' }).unwrap(blob)).rejects.toSatisfy(refused)
    for (let i = 0; i < blob.length; i++) {
      await expect(seal.unwrap(blob.with(i, blob[i]! ^ 1))).rejects.toSatisfy(refused)
      await expect(seal.unwrap(blob.subarray(0, i))).rejects.toSatisfy(refused)
    }
  })
})
