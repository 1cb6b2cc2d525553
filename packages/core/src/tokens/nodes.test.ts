import { sharedMemory } from '@chatelaine/sdk/testing'
import { describe, expect, it, vi } from 'vitest'
import { movableClock } from '../testing/clock.js'
import type { Token } from './entry.js'
import { TokenStore, expiryPrefix } from './store.js'
import { sweep } from './sweep.js'

const nothingElse = async () => {}
const never = new AbortController().signal

/** The tokens of two nodes that know of one another only what they must. */
async function twoStores() {
  const shared = sharedMemory()
  const clock = movableClock()
  const handles = [shared.open('a'), shared.open('b')]
  const [a, b] = handles.map((handle) => new TokenStore(handle, clock, () => handle.catchUp()))
  for (const store of [a!, b!]) await store.open(() => new Uint8Array(32).fill(1))
  const make = async (store: TokenStore, parent?: Token, ttl = 100) => {
    const token = await store.create(
      {
        policies: ['default'], path: 'auth/token/create', meta: null, displayName: 'token', numUses: 0, creationTime: store.now(), creationTtl: ttl,
        explicitMaxTtl: 0, period: 0, maxTtl: 0, renewable: true, orphan: !parent, parent: parent?.key ?? '', role: '', entityId: '',
        expireTime: ttl > 0 ? store.now() + ttl : 0,
      },
      parent,
    )
    if (!token) throw new Error('a race was lost')
    return token
  }
  return { a: a!, b: b!, first: handles[0]!, second: handles[1]!, clock, make }
}

describe('tokens of several nodes', () => {
  it('end with their maker also when they were born on another node that this one has not heard of', async () => {
    const { a, b, first, second, make } = await twoStores()
    const parent = await make(a)
    await second.catchUp()
    const child = await make(b, parent)
    const grandchild = await make(b, child)

    await a.revoke(parent.key, nothingElse)

    expect(await first.list('sys/token/id/')).toEqual([])
    await second.catchUp()
    expect([await b.byKey(child.key), await b.byKey(grandchild.key)]).toEqual([undefined, undefined])
  })

  it('are all listed, also those made a moment ago on another node', async () => {
    const { a, b, make } = await twoStores()
    const made = await make(b)

    expect(await a.accessors()).toEqual([made.entry.accessor])
  })

  it('live on without a parent, wherever they were born', async () => {
    const { a, b, second, make } = await twoStores()
    const parent = await make(a)
    await second.catchUp()
    const child = await make(b, parent)

    await a.orphanChildren(parent.key)
    await a.revoke(parent.key, nothingElse)

    await second.catchUp()
    expect((await b.byKey(child.key))?.entry).toMatchObject({ orphan: true, parent: '' })
  })

  it('keep their place in the order of expiry, whatever a node that is behind believes', async () => {
    const { a, b, first, clock, make } = await twoStores()
    const token = await make(b, undefined, 10)
    clock.forward(10)
    const [row = ''] = await a.due(1)

    // Node a has never heard of the token, and must not take its row for a leftover.
    await a.expire(row, nothingElse)

    expect(await first.list('sys/token/id/')).toEqual([])
    expect(await a.byKey(token.key)).toBeUndefined()
  })
})

describe('the order of expiry', () => {
  it('costs one list of one name while nothing is due, however many tokens there are', async () => {
    const { a, first, make } = await twoStores()
    for (let i = 1; i <= 40; i++) await make(a, undefined, i * 10)
    const list = vi.spyOn(first, 'list')

    await sweep(a, nothingElse, () => {}, never)

    expect(list.mock.calls).toEqual([[expiryPrefix, { after: '', limit: 1 }]])
  })

  it('is gone through to its end, past more times and more tokens of one time than are looked at together', async () => {
    const { a, first, clock, make } = await twoStores()
    for (let i = 1; i <= 130; i++) await make(a, undefined, i)
    for (let i = 0; i < 130; i++) await make(a, undefined, 500)
    await make(a, undefined, 1000)
    clock.forward(600)
    expect(await a.overdue()).toBe(599)
    const times = (await a.due(150)).map((row) => Number(row.split('/')[0]))
    expect([times.length, times]).toEqual([150, times.toSorted((x, y) => x - y)])

    await sweep(a, nothingElse, () => {}, never)

    expect(await first.list('sys/token/id/')).toHaveLength(1)
    expect([await a.overdue(), (await first.list(expiryPrefix)).length]).toEqual([0, 1])
  })
})
