import { describe, expect, it } from 'vitest'
import { sharedMemory } from './shared-memory.js'
import { storageContract } from './storage-contract.js'

const bytes = (text: string) => new TextEncoder().encode(text)

storageContract('shared memory, of one node', () => sharedMemory().open('a'))

describe('shared memory', () => {
  it('shows a node what another wrote when it has caught up, or lost a race, and not before', async () => {
    const shared = sharedMemory()
    const [a, b] = [shared.open('a'), shared.open('b')]
    await a.commit([{ put: 'k', value: bytes('1') }])
    expect(await b.get('k')).toBeUndefined()

    await b.catchUp()
    expect((await b.get('k'))?.value).toEqual(bytes('1'))
    await a.commit([{ put: 'k', value: bytes('2') }])
    expect(await b.commit([{ put: 'k', value: bytes('3') }], [{ key: 'k', revision: 1n }])).toBe(false)

    expect((await b.get('k'))?.value).toEqual(bytes('2'))
  })

  it('elects one node at a time, whose guard holds until it was deposed', async () => {
    const shared = sharedMemory()
    const [a, b] = [shared.open('a'), shared.open('b')]
    const forever = new AbortController().signal
    const first = await a.cluster.campaign(forever)
    const second = b.cluster.campaign(forever)
    expect(await a.commit([], [first!.guard])).toBe(true)

    shared.depose('secretly')

    expect((await second)?.ended.aborted).toBe(false)
    expect([first!.ended.aborted, await a.commit([], [first!.guard]), shared.caretaker()]).toEqual([false, false, 'b'])
  })
})
