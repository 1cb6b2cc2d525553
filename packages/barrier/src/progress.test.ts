import { randomBytes } from '@chatelaine/crypto'
import { describe, expect, it } from 'vitest'
import { Progress } from './progress.js'

describe('progress', () => {
  it('names an attempt from its first share to its end', () => {
    const progress = new Progress()
    expect(progress.nonce).toBe('')

    progress.add(randomBytes(33))
    const { nonce } = progress
    progress.add(randomBytes(33))
    expect(progress.nonce).toBe(nonce)
    progress.wipe()
    expect(progress.nonce).toBe('')

    progress.add(randomBytes(33))
    expect(progress.nonce).not.toBe(nonce)
  })

  it('counts a share once, keeps a copy, and overwrites it when wiped', () => {
    const progress = new Progress()
    const share = randomBytes(33)

    progress.add(share)
    progress.add(share.slice())
    const kept = [...progress.shares]
    expect(kept).toEqual([share])
    progress.wipe()

    expect([...kept[0]!]).toEqual(Array(33).fill(0))
    expect(share.some((byte) => byte !== 0)).toBe(true)
    expect(progress.shares).toHaveLength(0)
  })
})
