import { describe, expect, it } from 'vitest'
import { Barrier } from './barrier.js'
import { BarrierError } from './errors.js'
import { openKeyring } from './keyring-record.js'
import { reserved } from './reserved.js'
import { hardLimit } from './rotation-policy.js'
import { founded, gate, standingClock, watched } from './testing/world.js'

const bytes = (text: string) => new TextEncoder().encode(text)
const put = (key: string, value = 'v') => ({ put: key, value: bytes(value) })
const day = 24 * 60 * 60 * 1000
const few = (maxOperations: number) => ({ enabled: true, maxOperations, interval: 0 })

const holding = (what: string, pass: () => Promise<void>) => async (verb: string, key: string) => {
  if (`${verb} ${key}` === what) await pass()
}

const term = async (barrier: Barrier) => (await barrier.keyStatus()).term

describe('rotation', () => {
  it('writes under the new term and keeps old records readable', async () => {
    const { below, node } = await founded()
    const barrier = await node()
    await barrier.commit([put('old', '1')])

    await barrier.rotate()
    await barrier.commit([put('new', '2')])

    expect([...(await below.get('old'))!.value.subarray(0, 4)]).toEqual([0, 0, 0, 1])
    expect([...(await below.get('new'))!.value.subarray(0, 4)]).toEqual([0, 0, 0, 2])
    expect((await barrier.get('old'))?.value).toEqual(bytes('1'))
    expect((await barrier.get('new'))?.value).toEqual(bytes('2'))
    expect(await term(barrier)).toBe(2)
  })

  it('adds a term for each of many racing rotations, and loses none', async () => {
    const { node } = await founded()
    const [a, b] = [await node(), await node()]
    await a.commit([put('k', '1')])

    await Promise.all([a.rotate(), b.rotate(), a.rotate(), b.rotate()])
    await Promise.all([a.refresh(), b.refresh()])
    await a.commit([put('a')])
    await b.commit([put('b')])

    expect([await term(a), await term(b)]).toEqual([5, 5])
    for (const key of ['k', 'a', 'b']) {
      expect((await a.get(key))!.value).toEqual((await b.get(key))!.value)
    }
  })

  it('keeps a change of policy that races with it', async () => {
    const { node } = await founded()
    const [a, b] = [await node(), await node()]
    const policy = { enabled: false, maxOperations: 1_000_000, interval: day }

    await Promise.all([a.rotate(), b.setRotationPolicy(policy), a.rotate()])

    expect(await b.rotationPolicy()).toEqual(policy)
    expect(await term(b)).toBe(3)
  })

  it('does not undo a change of policy made while it read', async () => {
    const { below, rootKey, node } = await founded()
    const read = gate()
    const held = watched(below, holding(`get ${reserved.counts}`, read.pass))
    const slow = new Barrier(held.storage, { clock: standingClock() })
    await slow.open(rootKey.slice())
    const policy = { enabled: false, maxOperations: 1_000_000, interval: day }

    const rotation = slow.rotate()
    await read.reached
    await (await node()).setRotationPolicy(policy)
    read.release()
    await rotation

    expect(await slow.rotationPolicy()).toEqual(policy)
    expect(await term(slow)).toBe(2)
  })

  it('records for the old term what was reserved while it read', async () => {
    const { below, rootKey, node } = await founded()
    const read = gate()
    const held = watched(below, holding(`get ${reserved.counts}`, read.pass))
    const slow = new Barrier(held.storage, { clock: standingClock() })
    await slow.open(rootKey.slice())

    const rotation = slow.rotate()
    await read.reached
    await (await node({ block: 10 })).commit([put('k')])
    read.release()
    await rotation

    const keyring = openKeyring((await below.get(reserved.keyring))!.value, rootKey)
    expect(keyring.terms.get(1)?.encryptions).toBe(1 + 11)
  })

  it('lets another node read what was written under a term it had not heard of', async () => {
    const { below, rootKey, node } = await founded()
    const { storage, asked } = watched(below)
    const other = new Barrier(storage, { clock: standingClock() })
    await other.open(rootKey.slice())
    const first = await node()
    await first.rotate()
    await first.commit([put('k', 'new')])
    asked.length = 0

    expect((await other.get('k'))?.value).toEqual(bytes('new'))
    expect(asked).toEqual(['get k', 'get core/keyring'])

    expect((await other.get('k'))?.value).toEqual(bytes('new'))
    expect(asked).toEqual(['get k', 'get core/keyring', 'get k'])
  })

  it('tells of a term that nobody has, after looking once', async () => {
    const { below, node } = await founded()
    const barrier = await node()
    await barrier.commit([put('k')])
    const record = (await below.get('k'))!.value
    await below.commit([{ put: 'k', value: record.with(3, 9) }])

    const entry = (await barrier.get('k'))!

    expect(() => entry.value).toThrow('"k" was written under term 9, which the keyring lacks')
  })

  it('follows another node on refresh, and only when something changed', async () => {
    const { node } = await founded()
    const [a, b] = [await node(), await node()]

    expect(await b.refresh()).toBe(false)
    await a.rotate()
    expect(await b.refresh()).toBe(true)
    expect(await b.refresh()).toBe(false)
  })

  it('refuses a keyring that was changed or put back in storage', async () => {
    const { below, node } = await founded()
    const barrier = await node()
    const old = (await below.get(reserved.keyring))!.value
    await barrier.rotate()
    const refusal = (error: unknown) => BarrierError.tampered.is(error) && error.details.key === reserved.keyring

    await below.commit([{ put: reserved.keyring, value: old }])
    await expect(barrier.refresh()).rejects.toSatisfy(refusal)
    await below.commit([{ put: reserved.keyring, value: old.with(20, old[20]! ^ 1) }])
    await expect(node()).rejects.toSatisfy(refusal)
    await below.commit([{ remove: reserved.keyring }])
    await expect(barrier.rotate()).rejects.toSatisfy(refusal)
  })

  it('happens when the interval has passed, once for all nodes', async () => {
    const { node } = await founded()
    const clock = standingClock()
    const [a, b] = [await node({ clock }), await node({ clock })]
    expect(await a.rotateIfDue()).toBe(false)
    await a.setRotationPolicy({ enabled: true, maxOperations: 1_000_000, interval: day })
    expect(await b.rotationPolicy()).toEqual({ enabled: true, maxOperations: 1_000_000, interval: day })

    clock.forward(day - 1)
    expect(await b.rotateIfDue()).toBe(false)
    clock.forward(1)
    await Promise.all([a.rotateIfDue(), b.rotateIfDue()])

    expect(await a.keyStatus()).toMatchObject({ term: 2, installTime: clock.now() })
    expect(await b.rotateIfDue()).toBe(false)
  })

  it('does not happen by itself when switched off', async () => {
    const { node } = await founded()
    const clock = standingClock()
    const barrier = await node({ clock })
    await barrier.setRotationPolicy({ enabled: false, maxOperations: 1_000_000, interval: day })
    clock.forward(10 * day)
    expect(await barrier.rotateIfDue()).toBe(false)
  })

  it('refuses limits that are no limits', async () => {
    const barrier = await (await founded()).node()
    const refused = BarrierError.rotationLimits.is
    const good = { enabled: true, maxOperations: 2_000_000, interval: 0 }

    await expect(barrier.setRotationPolicy({ ...good, maxOperations: 999_999 })).rejects.toSatisfy(refused)
    await expect(barrier.setRotationPolicy({ ...good, maxOperations: 3_865_470_567 })).rejects.toSatisfy(refused)
    await expect(barrier.setRotationPolicy({ ...good, interval: day - 1 })).rejects.toSatisfy(refused)
    await expect(barrier.setRotationPolicy({ ...good, interval: NaN })).rejects.toSatisfy(refused)
  })
})

describe('counting encryptions', () => {
  it('reserves a block in storage, then asks nobody until it is used up', async () => {
    const { below, rootKey } = await founded()
    const { storage, asked } = watched(below)
    const barrier = new Barrier(storage, { clock: standingClock(), block: 3 })
    await barrier.open(rootKey.slice())
    asked.length = 0

    for (const key of ['a', 'b', 'c', 'd']) await barrier.commit([put(key)])

    const reservation = ['get core/barrier-counts', 'commit core/barrier-counts']
    expect(asked).toEqual([...reservation, 'commit a', 'commit b', 'commit c', ...reservation, 'commit d'])
  })

  it('reserves once for a hundred commits at the same moment', async () => {
    const { below, rootKey } = await founded()
    const { storage, asked } = watched(below)
    const barrier = new Barrier(storage, { clock: standingClock(), block: 100 })
    await barrier.open(rootKey.slice())

    await Promise.all(Array.from({ length: 100 }, (_, i) => barrier.commit([put(`k${i}`)])))

    expect(asked.filter((what) => what === 'commit core/barrier-counts')).toHaveLength(1)
    expect((await barrier.keyStatus()).encryptions).toBe(102)
  })

  it('counts what all nodes encrypt, their counting included, and a block that died with its node', async () => {
    const { node } = await founded()
    const [a, b, c] = [await node({ block: 10 }), await node({ block: 10 }), await node({ block: 10 })]
    expect((await a.keyStatus()).encryptions).toBe(1)

    await a.commit([put('1'), put('2'), { remove: '3' }])
    expect((await a.keyStatus()).encryptions).toBe(1 + 1 + 2)
    await b.commit([put('4')])
    b.close()
    await c.commit([put('5')])

    expect((await a.keyStatus()).encryptions).toBe(1 + (1 + 2) + 11 + 11)
  })

  it('takes no more ahead than it has used, so that starting again and again is not counted as encrypting', async () => {
    const { below, rootKey } = await founded()
    for (let start = 0; start < 5; start++) {
      const barrier = new Barrier(below, { clock: standingClock() })
      await barrier.open(rootKey.slice())
      await barrier.commit([put(`${start}`)])
      barrier.close()
    }
    const barrier = new Barrier(below, { clock: standingClock() })
    await barrier.open(rootKey.slice())
    expect((await barrier.keyStatus()).encryptions).toBeLessThan(5 * 66)

    const before = (await barrier.keyStatus()).encryptions
    for (let i = 0; i < 1000; i++) await barrier.commit([put(`more/${i}`)])

    const after = (await barrier.keyStatus()).encryptions - before
    expect(after).toBeGreaterThanOrEqual(1000)
    expect(after).toBeLessThan(1020)
  })

  it('does not use for a new term what it reserved for the old one', async () => {
    const { below, rootKey, node } = await founded()
    const write = gate()
    const held = watched(below, holding(`commit ${reserved.counts}`, write.pass))
    const slow = new Barrier(held.storage, { clock: standingClock(), block: 10 })
    await slow.open(rootKey.slice())

    const commit = slow.commit([put('k')])
    await write.reached
    await (await node()).rotate()
    await slow.refresh()
    write.release()
    await commit

    expect((await below.get('k'))!.value[3]).toBe(2)
    expect((await slow.keyStatus()).encryptions).toBe(1 + 2 + 1)
  })

  it('does not count a commit of removals', async () => {
    const { node } = await founded()
    const barrier = await node()
    await barrier.commit([{ remove: 'k' }])
    expect((await barrier.keyStatus()).encryptions).toBe(1)
  })

  it('rotates by itself before the limit, so that no term is ever used more often', async () => {
    const { below, node } = await founded({ policy: few(50) })
    const nodes = [await node({ block: 7 }), await node({ block: 5 })]

    await Promise.all(
      Array.from({ length: 200 }, (_, i) => nodes[i % 2]!.commit([put(`k/${String(i).padStart(3, '0')}`)])),
    )

    const used = new Map<number, number>()
    for (const name of await below.list('k/')) {
      const number = (await below.get(`k/${name}`))!.value[3]!
      used.set(number, (used.get(number) ?? 0) + 1)
      expect((await nodes[0]!.get(`k/${name}`))!.value).toEqual(bytes('v'))
    }
    expect([...used.values()].reduce((sum, n) => sum + n)).toBe(200)
    expect(Math.max(...used.values())).toBeLessThanOrEqual(50)
    expect(used.size).toBeGreaterThanOrEqual(4)
    expect(used.size).toBeLessThanOrEqual(8)
  })

  it('lets a commit larger than a block, or than the limit, through', async () => {
    const { node } = await founded({ policy: few(20) })
    const barrier = await node({ block: 4 })

    expect(await barrier.commit(Array.from({ length: 15 }, (_, i) => put(`a${i}`)))).toBe(true)
    expect(await barrier.commit(Array.from({ length: 30 }, (_, i) => put(`b${i}`)))).toBe(true)
    expect(await barrier.commit([put('c')])).toBe(true)

    expect(await term(barrier)).toBe(3)
  })

  it('rotates at 2^32 even when rotation is switched off', async () => {
    const { node } = await founded({ policy: { enabled: false, maxOperations: 5, interval: 0 } })
    const barrier = await node({ block: 3 })
    const greedy = await node({ block: hardLimit - 8 })

    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) await barrier.commit([put(key)])
    expect(await term(barrier)).toBe(1)
    await greedy.rotate()
    await greedy.commit([put('k')])
    for (const key of ['a', 'b', 'c']) await barrier.commit([put(key)])
    expect(await term(barrier)).toBe(2)

    await barrier.commit([put('d')])
    expect(await term(barrier)).toBe(3)
  })

  it('will not encrypt when the count was changed, removed or put back; rotating heals it', async () => {
    const { below, node } = await founded()
    const first = (await below.get(reserved.counts))!.value
    await (await node()).rotate()
    const refusal = (error: unknown) => BarrierError.tampered.is(error) && error.details.key === reserved.counts

    for (const write of [
      { put: reserved.counts, value: first },
      { put: reserved.counts, value: first.with(30, first[30]! ^ 1) },
      { put: reserved.counts, value: first.subarray(9) },
      { remove: reserved.counts },
    ]) {
      await below.commit([write])
      const barrier = await node()
      await expect(barrier.commit([put('k')])).rejects.toSatisfy(refusal)
      expect(await barrier.list('')).not.toContain('k')

      await barrier.rotate()
      expect(await barrier.commit([put('healed')])).toBe(true)
    }
  })

  it('says when the storage could not be asked, and asks again the next time', async () => {
    const { below, rootKey } = await founded()
    let down = false
    const { storage } = watched(below, async (_, key) => {
      if (down && key === reserved.counts) throw new Error('no answer')
    })
    const barrier = new Barrier(storage, { clock: standingClock() })
    await barrier.open(rootKey.slice())

    down = true
    await expect(barrier.commit([put('k')])).rejects.toThrow('no answer')
    down = false

    expect(await barrier.commit([put('k')])).toBe(true)
  })
})
