import { randomBytes } from '@chatelaine/crypto'
import type { SharedStorage, Storage } from '@chatelaine/sdk'
import { sharedMemory, type SharedHandle } from '@chatelaine/sdk/testing'
import { describe, expect, it } from 'vitest'
import { Barrier } from './barrier.js'
import { BarrierError } from './errors.js'
import { openKeyring } from './keyring-record.js'
import { reserved } from './reserved.js'
import { Sealing } from './sealing.js'
import { standingClock } from './testing/world.js'

const bytes = (text: string) => new TextEncoder().encode(text)
const put = (key: string, value = 'v') => ({ put: key, value: bytes(value) })

/** Several nodes, each with its own way to one storage that is founded. */
async function nodes(count: number, block = 5) {
  const shared = sharedMemory()
  const clock = standingClock()
  const rootKey = randomBytes(32)
  const handles = Array.from({ length: count }, (_, i) => shared.open(`node-${i}`))
  await handles[0]!.commit(new Barrier(handles[0]!, { clock }).foundingWrites(rootKey))
  const open = async (below: Storage) => {
    const barrier = new Barrier(below, { clock, block })
    await barrier.open(rootKey.slice())
    return barrier
  }
  return { handles, clock, rootKey, open, barriers: await Promise.all(handles.map(open)) }
}

const catchUp = (handles: readonly SharedHandle[]) => Promise.all(handles.map((handle) => handle.catchUp()))

describe('barriers of several nodes over one storage', () => {
  it('keep every record readable everywhere, and every encryption counted, while all rotate and write at once', async () => {
    const { handles, rootKey, barriers } = await nodes(3)
    const rotations = barriers.flatMap((barrier) => [barrier.rotate(), barrier.rotate()])
    const commits = Array.from({ length: 150 }, (_, i) => barriers[i % 3]!.commit([put(`k/${i}`, String(i))]))
    expect(await Promise.all(commits)).toEqual(commits.map(() => true))
    await Promise.all(rotations)

    await catchUp(handles)
    const used = new Map<number, number>()
    for (let i = 0; i < 150; i++) {
      const term = (await handles[0]!.get(`k/${i}`))!.value[3]!
      used.set(term, (used.get(term) ?? 0) + 1)
      for (const barrier of barriers) expect((await barrier.get(`k/${i}`))?.value).toEqual(bytes(String(i)))
    }
    const { terms, active } = openKeyring((await handles[0]!.get(reserved.keyring))!.value, rootKey)
    expect(active.number).toBe(7)
    for (const [term, count] of used) {
      const counted = term === active.number ? (await barriers[0]!.keyStatus()).encryptions + 5 : terms.get(term)!.encryptions
      expect(counted, `term ${term}`).toBeGreaterThan(count)
    }
  })

  it('open a record that is newer than what a node remembers of the keyring', async () => {
    const { handles: [a, b], barriers: [first], open } = await nodes(2)
    // What memory does not hold is read from the storage itself, and so may be ahead of what memory holds.
    const loading: SharedStorage = { ...b!, get: (key) => (key === 'k' ? a!.get(key) : b!.get(key)) }
    const second = await open(loading)
    await first!.rotate()
    await first!.commit([put('k', 'new')])

    expect((await second.get('k'))?.value).toEqual(bytes('new'))
  })

  it('take the count of a term that began elsewhere, though they did not know of it', async () => {
    const { barriers: [a, b] } = await nodes(2, 1)
    await a!.rotate()

    await b!.commit([put('k')])

    expect((await b!.keyStatus()).term).toBe(2)
  })

  it('rotate when due by the way they are given, and say so when that is closed', async () => {
    const { handles, clock, barriers: [a] } = await nodes(1)
    await a!.setRotationPolicy({ enabled: true, maxOperations: 1_000_000, interval: 86_400_000 })
    clock.forward(86_400_000)
    const refusal = new Error('not any more')
    const closed: Storage = { ...handles[0]!, commit: async () => Promise.reject(refusal) }

    await expect(a!.rotateIfDue(closed)).rejects.toBe(refusal)

    expect((await a!.keyStatus()).term).toBe(1)
    expect(await a!.rotateIfDue()).toBe(true)
  })
})

describe('sealing, of several nodes over one storage', () => {
  it('shows a node that has asked nothing else what another one founded', async () => {
    const shared = sharedMemory()
    const [a, b] = [shared.open('a'), shared.open('b')].map((handle) => new Sealing(handle, new Barrier(handle, { clock: standingClock() })))
    expect((await b!.status()).initialized).toBe(false)

    const { shares } = await a!.initialize({ secretShares: 1, secretThreshold: 1 })

    expect(await b!.status()).toMatchObject({ initialized: true, sealed: true, n: 1 })
    await expect(b!.initialize({ secretShares: 1, secretThreshold: 1 })).rejects.toSatisfy(BarrierError.alreadyInitialized.is)
    expect(await b!.submit(shares[0]!)).toMatchObject({ sealed: false })
  })

  it('founds a vault also where an order to seal and held leases were left', async () => {
    const handle = sharedMemory().open('a')
    await handle.commit([put(reserved.sealOrder), put(reserved.leasesHeld)])
    const barrier = new Barrier(handle, { clock: standingClock() })

    await new Sealing(handle, barrier).initialize({ secretShares: 1, secretThreshold: 1 })

    for (const key of [reserved.sealOrder, reserved.leasesHeld]) {
      await expect(barrier.get(key)).rejects.toSatisfy(BarrierError.reserved.is)
      await expect(barrier.commit([{ remove: key }])).rejects.toSatisfy(BarrierError.reserved.is)
    }
    expect(await barrier.list('core/')).toEqual([])
  })
})
