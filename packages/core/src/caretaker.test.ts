import { describe, expect, it } from 'vitest'
import { memoryStorage, type Storage } from '@chatelaine/sdk'
import { sharedMemory } from '@chatelaine/sdk/testing'
import { Caretaker, type Care, type Chore, type ChoreCounts } from './caretaker.js'
import { CoreError } from './errors.js'

const start = (chores: readonly Chore[], more: Partial<Care> = {}) =>
  new Caretaker({ chores, everyMs: 1, report: () => undefined, counts: new Map(), ...more })

describe('the caretaker', () => {
  it('does every chore again and again, and reports one that fails without leaving the others undone', async () => {
    const done: string[] = []
    const reports: string[] = []
    const counts: ChoreCounts = new Map()
    await new Promise<void>((resolve) => {
      const caretaker = start(
        [
          { name: 'bad', run: async () => Promise.reject(new Error('no')) },
          { name: 'good', run: async () => void (done.push('good') === 3 && resolve(caretaker.stop())) },
        ],
        { report: (chore) => reports.push(chore), counts },
      )
    })

    expect(done).toHaveLength(3)
    expect(reports).toEqual(['bad', 'bad', 'bad'])
    expect([...counts]).toEqual([['bad', { runs: 0, failures: 3 }], ['good', { runs: 3, failures: 0 }]])
  })

  it('stops when the chore at hand has let go, and begins no other', async () => {
    const events: string[] = []
    let begun = () => {}
    const running = new Promise<void>((resolve) => (begun = resolve))
    const caretaker = start(
      [
        {
          name: 'long',
          run: async ({ signal }) => {
            begun()
            await new Promise((resolve) => signal.addEventListener('abort', resolve))
            events.push('let go')
          },
        },
        { name: 'next', run: async () => void events.push('next') },
      ],
      { report: () => events.push('report') },
    )

    await running
    await caretaker.stop()
    events.push('stopped')

    expect(events).toEqual(['let go', 'stopped'])
  })

  it('writes as it likes where the storage is its own', async () => {
    const storage = memoryStorage()
    let fence: ((storage: Storage) => Storage) | undefined
    const caretaker = start([{ name: 'look', run: async (duty) => void (fence = duty.fence) }])

    await expect.poll(() => fence).toBeDefined()

    expect([caretaker.inCharge, fence?.(storage)]).toEqual([true, storage])
    await caretaker.stop()
  })
})

describe('caretakers of several nodes', () => {
  const two = (more: Partial<Care> = {}) => {
    const shared = sharedMemory()
    const done: string[] = []
    const nodes = ['a', 'b'].map((id) => {
      const handle = shared.open(id)
      const write = { name: 'write', run: async ({ fence }: Parameters<Chore['run']>[0]) => {
        await fence(handle).commit([{ put: `done/${id}`, value: new Uint8Array() }])
        done.push(id)
      } }
      return { handle, caretaker: start([write], { shared: handle, ...more }) }
    })
    const next = async (id: string) => {
      const before = done.length
      await expect.poll(() => done.slice(before)).toContain(id)
    }
    return { shared, done, nodes, next, stop: () => Promise.all(nodes.map(({ caretaker }) => caretaker.stop())) }
  }

  it('are one at a time, and another takes over from one that stops', async () => {
    const { done, nodes, next, stop } = two()
    await next('a')
    expect([done.includes('b'), ...nodes.map(({ caretaker }) => caretaker.inCharge)]).toEqual([false, true, false])

    await nodes[0]!.caretaker.stop()

    await next('b')
    await stop()
  })

  it('write nothing once they have slept through the end of their term, and then stand for election again', async () => {
    const { shared, nodes, next, stop } = two()
    await next('a')

    shared.depose('secretly')

    await next('b')
    await expect.poll(() => nodes[0]!.caretaker.inCharge).toBe(false)
    shared.depose()
    await next('a')
    await stop()
  })

  it('leave the office to others for a while when they step down', async () => {
    const { shared, nodes, next, stop } = two({ restMs: 3_600_000 })
    await next('a')

    await nodes[0]!.caretaker.stepDown()

    await next('b')
    await nodes[1]!.caretaker.stop()
    await nodes[1]!.caretaker.stepDown()
    expect(shared.caretaker()).toBeUndefined()
    await stop()
  })

  it('wait while storage cannot be asked, say so once, and go on by themselves', async () => {
    const reports: unknown[] = []
    const { nodes, done, next, stop } = two({ report: (chore) => reports.push(chore) })
    await next('a')
    const asked = nodes[0]!.handle.counts

    nodes[0]!.handle.cut('refuses')
    const before = asked.catchUps
    await expect.poll(() => asked.catchUps).toBeGreaterThan(before + 3)
    const silent = done.length
    await expect.poll(() => asked.catchUps).toBeGreaterThan(before + 6)

    expect([done.length, reports]).toEqual([silent, ['ask storage']])
    nodes[0]!.handle.mend()
    await next('a')
    await stop()
  })

  it('stop also when storage does not take their farewell', async () => {
    const { nodes, next } = two()
    await next('a')
    nodes.forEach(({ handle }) => handle.cut('refuses'))

    await nodes[0]!.caretaker.stop()

    expect(nodes[0]!.caretaker.inCharge).toBe(false)
    nodes.forEach(({ handle }) => handle.mend())
    await nodes[1]!.caretaker.stop()
  })
})

describe('a fence', () => {
  it('lets an ordinary lost race be one, and makes an error of a lost election', async () => {
    const shared = sharedMemory()
    const handle = shared.open('a')
    const term = await handle.cluster.campaign(new AbortController().signal)
    let fence: Storage | undefined
    const caretaker = start([{ name: 'look', run: async (duty) => void (fence = duty.fence(handle)) }], { shared: handle })
    await term?.resign()
    await expect.poll(() => fence).toBeDefined()
    const write = { put: 'k', value: new Uint8Array([1]) }

    expect(await fence!.commit([write], [{ key: 'k', revision: 7n }])).toBe(false)
    expect(await fence!.commit([write], [{ key: 'k', revision: 0n }])).toBe(true)
    shared.depose('secretly')
    await expect(fence!.commit([{ remove: 'k' }])).rejects.toSatisfy(CoreError.notCaretaker.is)

    await handle.catchUp()
    expect((await handle.get('k'))?.value).toEqual(new Uint8Array([1]))
    await caretaker.stop()
  })
})
