import { memoryStorage, type Storage } from '@chatelaine/sdk'
import { describe, expect, it } from 'vitest'
import { Barrier } from './barrier.js'
import { BarrierError } from './errors.js'

const size = 2_000_000

async function opened(storage: Storage = memoryStorage()) {
  const barrier = new Barrier(storage, { clock: { now: () => new Date(0) } })
  const rootKey = () => new Uint8Array(32).fill(1)
  await storage.commit(barrier.foundingWrites(rootKey()))
  await barrier.open(rootKey())
  return { barrier, storage, reopen: () => barrier.open(rootKey()) }
}

const value = () => Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 9)) & 0xff)
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('a large value', () => {
  it('is what was passed, though its bytes were changed while it was encrypted', async () => {
    const { barrier } = await opened()
    const given = value()
    const done = barrier.commit([{ put: 'a', value: given }, { put: 'b', value: Uint8Array.of(1) }])
    given.fill(0)

    expect(await done).toBe(true)

    expect(Buffer.compare((await barrier.get('a'))!.value, value())).toBe(0)
    expect((await barrier.get('b'))!.value).toEqual(Uint8Array.of(1))
  })

  it('that was changed at any place is an error that names its key', async () => {
    const { barrier, storage } = await opened()
    await barrier.commit([{ put: 'a', value: value() }])
    const { value: record } = (await storage.get('a'))!
    for (const at of [0, 4, 5, 17, 300_000, size, record.length - 1]) {
      const changed = record.slice()
      changed[at]! ^= 1
      await storage.commit([{ put: 'a', value: changed }])
      await expect(barrier.get('a')).rejects.toSatisfy((error) => BarrierError.tampered.is(error) || BarrierError.unknownTerm.is(error))
    }
  })

  it('is neither written nor read by a barrier that was sealed meanwhile', async () => {
    const { barrier, storage, reopen } = await opened()
    await barrier.commit([{ put: 'a', value: value() }])

    const reading = barrier.get('a')
    const writing = barrier.commit([{ put: 'c', value: value() }])
    const settled = Promise.allSettled([reading, writing])
    await Promise.resolve()
    barrier.close()
    const results = await settled

    for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: expect.toSatisfy(BarrierError.sealed.is) })
    await turn()
    expect(await storage.get('c')).toBeUndefined()
    await reopen()
    expect(Buffer.compare((await barrier.get('a'))!.value, value())).toBe(0)
  })
})
