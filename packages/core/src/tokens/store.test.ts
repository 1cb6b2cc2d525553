import fc from 'fast-check'
import { memoryStorage, type Storage } from '@chatelaine/sdk'
import { describe, expect, it } from 'vitest'
import { movableClock } from '../testing/clock.js'
import { counting } from '../testing/counting.js'
import type { Token } from './entry.js'
import { expiryPrefix, TokenStore, type NewToken } from './store.js'
import { sweep } from './sweep.js'

const nothingElse = async () => {}
const never = new AbortController().signal
const complain = (error: unknown) => {
  throw error
}

/** A node over `storage`; several of them share it as servers share an etcd. */
async function node(storage: Storage, clock = movableClock()) {
  const store = new TokenStore(storage, clock)
  await store.open(() => new Uint8Array(32).fill(7))
  const fresh = (changed: Partial<NewToken> = {}): NewToken => ({
    policies: ['default'], path: 'auth/token/create', meta: null, displayName: 'token', numUses: 0, creationTime: store.now(), creationTtl: 100,
    explicitMaxTtl: 0, period: 0, maxTtl: 0, renewable: true, orphan: true, parent: '', role: '', entityId: '', expireTime: store.now() + 100, ...changed,
  })
  const make = async (parent?: Token, changed: Partial<NewToken> = {}) => {
    const made = await store.create(fresh({ ...(parent && { parent: parent.key, orphan: false }), ...changed }), parent)
    if (!made) throw new Error('the maker is gone')
    return made
  }
  const sweepAll = () => sweep(store, nothingElse, complain, never)
  return { store, clock, fresh, make, sweepAll }
}

const records = async (storage: Storage) => {
  const folders = ['sys/token/id/', 'sys/token/accessor/', 'sys/token/parent/', expiryPrefix]
  return (await Promise.all(folders.map((folder) => storage.list(folder)))).flat()
}

describe('the token store', () => {
  it('keeps no token where it can be read: not in a key, not in the name of anything', async () => {
    const storage = counting(memoryStorage())
    const { make } = await node(storage)

    const { entry } = await make(await make())

    for (const key of storage.written) {
      expect(key).not.toContain(entry.id)
      expect(key).not.toContain(entry.accessor)
    }
  })

  it('leaves nothing behind of a revoked family', async () => {
    const storage = memoryStorage()
    const { store, make } = await node(storage)
    const parent = await make()
    const child = await make(parent)
    await make(child)

    await store.revoke(parent.key, nothingElse)

    expect(await records(storage)).toEqual([])
  })

  it('does not let a child be born to a parent that is being revoked', async () => {
    const storage = memoryStorage()
    const { store, make, fresh } = await node(storage)
    const parent = await make()

    await store.revoke(parent.key, async () => {
      expect(await store.create(fresh({ parent: parent.key, orphan: false }), parent)).toBe(false)
      expect(await store.create(fresh(), parent)).toBe(false)
    })

    expect(await records(storage)).toEqual([])
  })

  it('revokes every child, whenever it was born while that went on', async () => {
    const storage = memoryStorage()
    const [one, two] = [await node(storage), await node(storage)]
    const parent = await one.make()

    const births = Array.from({ length: 40 }, async (_, i) => {
      for (let wait = 0; wait < i; wait++) await Promise.resolve()
      return two.store.create(two.fresh({ parent: parent.key, orphan: false }), parent)
    })
    const [, ...born] = await Promise.all([one.store.revoke(parent.key, nothingElse), ...births])

    expect(born.some((child) => child)).toBe(true)
    expect(await records(storage)).toEqual([])
  })

  it('refuses a token from the moment it is marked, before its children are gone', async () => {
    const { store, make } = await node(memoryStorage())
    const parent = await make()
    const child = await make(parent)
    const seen: unknown[] = []

    await store.revoke(parent.key, async (key) => void (key === child.key && seen.push(await store.find(parent.entry.id))))

    expect(seen).toEqual([undefined])
  })

  it('finishes a revocation that a crash cut short, wherever it was', async () => {
    for (let crash = 0; ; crash++) {
      const storage = counting(memoryStorage())
      const { store, make, sweepAll } = await node(storage)
      const parent = await make()
      await make(await make(parent))
      let left = crash
      storage.beforeCommit = () => {
        if (left-- === 0) throw new Error('power cut')
      }
      const survived = await store.revoke(parent.key, nothingElse).then(() => true, () => false)
      storage.beforeCommit = () => {}
      const marked = (await store.find(parent.entry.id)) === undefined

      await sweepAll()

      if (marked) expect(await records(storage), `crash before commit ${crash}`).toEqual([])
      expect(marked).toBe(crash > 0)
      if (survived) return
    }
  })

  it('removes a spent token that nobody came to remove', async () => {
    const storage = memoryStorage()
    const { store, make, sweepAll, clock } = await node(storage)
    const token = await make(undefined, { numUses: 1, expireTime: 0 })
    await store.use(token)
    expect(await store.find(token.entry.id)).toBeUndefined()

    clock.forward(121)
    await sweepAll()

    expect(await records(storage)).toEqual([])
  })

  it('gives the last use to one of two nodes', async () => {
    const storage = memoryStorage()
    const nodes = [await node(storage), await node(storage)]
    const token = await nodes[0]!.make(undefined, { numUses: 1 })

    const uses = await Promise.all(Array.from({ length: 20 }, (_, i) => nodes[i % 2]!.store.use(token)))

    expect(uses.filter((use) => use)).toHaveLength(1)
  })

  it('sweeps what is due, in the order of expiry, and leaves what was renewed', async () => {
    const storage = memoryStorage()
    const { store, make, sweepAll, clock } = await node(storage)
    const [late, early, renewed] = [
      await make(undefined, { expireTime: store.now() + 50 }), await make(undefined, { expireTime: store.now() + 9 }), await make(),
    ]
    await store.extend(renewed, store.now() + 200)
    clock.forward(100)

    const due = await store.due(10)
    await sweepAll()

    expect(due.map((row) => row.split('/')[1])).toEqual([early.key, late.key])
    expect(await store.find(renewed.entry.id)).toBeDefined()
    clock.forward(100)
    await sweepAll()
    expect(await records(storage)).toEqual([])
  })

  it('does not end a token that was renewed between being found due and being ended', async () => {
    const storage = counting(memoryStorage())
    const { store, make, clock } = await node(storage)
    const slow = await node(storage, movableClock())
    const token = await make()
    clock.forward(101)
    const [row] = await store.due(1)
    let once = true
    storage.beforeCommit = async () => {
      // The other node's clock is behind: there the token still lives, and is renewed at the last moment.
      if (once) {
        once = false
        await slow.store.extend(token, store.now() + 100)
      }
    }

    await store.expire(row ?? '', nothingElse)

    expect(await store.find(token.entry.id)).toBeDefined()
  })

  it('goes on sweeping when one token cannot be ended, and says so once', async () => {
    const storage = memoryStorage()
    const { store, make, clock } = await node(storage)
    const tokens = await Promise.all(Array.from({ length: 250 }, () => make()))
    const stuck = tokens[17]!.key
    clock.forward(101)
    const errors: unknown[] = []

    await sweep(store, async (key) => void (key === stuck && complain(new Error('stuck'))), (error) => errors.push(error), never)

    expect(errors).toHaveLength(1)
    expect(await storage.list('sys/token/id/')).toEqual([stuck])
  })

  it('does not take the successor for a token of the same chosen id that it was about to remove', async () => {
    const storage = memoryStorage()
    const { store, fresh } = await node(storage)
    const make = async () => {
      const made = await store.create(fresh({ id: 'chosen' }), undefined)
      if (!made) throw new Error('taken')
      return made
    }
    const first = await make()

    await store.revoke(first.key, async () => {
      await store.revoke(first.key, nothingElse)
      await make()
    })

    expect(await store.find('chosen')).toBeDefined()
  })

  it('refuses to go on with its salt gone', async () => {
    const { store, fresh } = await node(memoryStorage())

    store.close()

    await expect(store.create(fresh(), undefined)).rejects.toMatchObject({ status: 503 })
  })

  it('lists a great many tokens page by page', async () => {
    const { store, make } = await node(memoryStorage())
    for (let i = 0; i < 1201; i++) await make()

    expect(new Set(await store.accessors()).size).toBe(1201)
  })
})

type Step = { readonly do: 'make' | 'revoke' | 'orphan' | 'renew'; readonly at: number } | { readonly do: 'wait'; readonly seconds: number }

const step = fc.oneof<fc.Arbitrary<Step>[]>(
  fc.record({ do: fc.constant('make' as const), at: fc.nat(30) }),
  fc.record({ do: fc.constantFrom('revoke' as const, 'orphan' as const, 'renew' as const), at: fc.nat(30) }),
  fc.record({ do: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 60 }) }),
)

/** What should be: tokens with a parent and an end, and no storage at all. */
class Family {
  readonly members: { parent: number; end: number; alive: boolean }[] = []
  now = 0

  make(parent: number): boolean {
    const can = parent < 0 || this.lives(parent)
    if (can) this.members.push({ parent, end: this.now + 100, alive: true })
    return can
  }

  lives(i: number): boolean {
    return this.members[i]!.alive && this.members[i]!.end > this.now
  }

  end(i: number): void {
    this.members[i]!.alive = false
    this.members.forEach((member, child) => member.parent === i && this.end(child))
  }

  sweep(): void {
    this.members.forEach(({ end, alive }, i) => alive && end <= this.now && this.end(i))
  }
}

describe('a family of tokens', () => {
  it('lives and dies as a plain model of it does, and leaves nothing behind', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const storage = memoryStorage()
        const { store, clock, make, sweepAll } = await node(storage)
        const family = new Family()
        const tokens: Token[] = []
        const current = (i: number) => store.find(tokens[i]!.entry.id)
        for (const one of steps) {
          if (one.do === 'wait') {
            clock.forward(one.seconds)
            family.now += one.seconds
            await sweepAll()
            family.sweep()
            continue
          }
          const i = tokens.length === 0 ? -1 : (one.at % (tokens.length + 1)) - 1
          if (one.do === 'make') {
            const parent = i < 0 ? undefined : await current(i)
            const made = i >= 0 && !parent ? undefined : await make(parent)
            expect(family.make(i)).toBe(made !== undefined)
            if (made) tokens.push(made)
          } else if (i >= 0 && family.lives(i)) {
            const token = (await current(i))!
            if (one.do === 'renew') {
              await store.extend(token, store.now() + 100)
              family.members[i]!.end = family.now + 100
            } else {
              if (one.do === 'orphan') {
                await store.orphanChildren(token.key)
                family.members.forEach((member) => member.parent === i && (member.parent = -1))
              }
              await store.revoke(token.key, nothingElse)
              family.end(i)
            }
          }
          const living = await Promise.all(tokens.map(async (_, at) => (await current(at)) !== undefined))
          expect(living).toEqual(tokens.map((_, at) => family.lives(at)))
        }
        clock.forward(1000)
        await sweepAll()
        expect(await records(storage)).toEqual([])
      }),
      { numRuns: 150 },
    )
  })
})
