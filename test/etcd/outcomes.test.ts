import { numberOf } from '@chatelaine/etcd'
import { strict } from '@chatelaine/sdk'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DeadLanes } from '../../packages/storage/src/etcd/upkeep.js'
import { keyspace } from '../../packages/storage/src/etcd/keyspace.js'
import { openProxy } from './proxy.js'
import { eventually, put, stageFor, text } from './stage.js'

const stage = stageFor({ nodes: 1 })

/** A store whose answers can be lost, another beside it, and etcd as its root sees it. */
async function behindProxy() {
  const proxy = await openProxy(stage.cluster.endpoints[0]!)
  onTestFinished(() => proxy.close())
  const prefix = stage.prefix()
  const storage = await stage.store({ prefix, endpoints: [proxy.endpoint], requestTimeoutMs: 20_000 })
  return { storage, proxy, prefix, direct: await stage.store({ prefix }), root: await stage.members({ as: 'root' }) }
}

type Parts = Awaited<ReturnType<typeof behindProxy>>

/** Waits until a commit whose answer is lost has been applied. */
const applied = ({ direct }: Parts, key: string, value: string) => eventually(async () => text(await strict(direct).get(key)) === value)
const outcome = (commit: Promise<boolean>) => commit.catch((error: { code: string }) => error.code)

const compact = async ({ root }: Parts) => {
  const { header } = await root.call('KV/Range', { key: 'x' })
  await root.call('KV/Compact', { revision: numberOf(header.revision), physical: true })
}

/** etcd as it is when its quota is reached, until the returned function is called. */
const runOutOfSpace = async ({ root }: Parts) => {
  const { header } = await root.call('KV/Range', { key: 'x' })
  await root.call('Maintenance/Alarm', { action: 1, memberID: header.member_id, alarm: 1 })
  return () => root.call('Maintenance/Alarm', { action: 2, memberID: header.member_id, alarm: 1 })
}

/** What the caretaker does with lanes of processes that were silent for ten minutes, by a clock that is set forward. */
const removeDeadLanes = async ({ direct, prefix }: Parts) => {
  let now = 0
  const members = await stage.members()
  const dead = new DeadLanes({ members, space: keyspace(prefix), cluster: direct.cluster }, () => now)
  await dead.remove()
  now += 3_600_000
  expect(await dead.remove()).toBeGreaterThan(0)
}

describe('a commit whose answer was lost', { timeout: 60_000 }, () => {
  it('is settled when etcd has compacted its revision, and is unsettled where that hides the outcome', async () => {
    const parts = await behindProxy()
    const { storage, proxy, direct } = parts
    await storage.commit([put('gone')])
    proxy.loseAnswers()
    const commits = Promise.all([
      outcome(storage.commit([put('kept', '1')])),
      outcome(storage.commit([{ remove: 'gone' }])),
      outcome(storage.commit([put('kept/not', '1')], [{ key: 'gone', revision: 7n }])),
      outcome(storage.commit([put('replaced', '1')])),
    ])
    await applied(parts, 'replaced', '1')
    await direct.commit([put('replaced', '2')])
    await compact(parts)
    proxy.heal()

    const [kept, removed, refused, replaced] = await commits
    expect([kept, removed, replaced]).toEqual([true, true, 'storage.unsettled'])
    expect(['storage.unsettled', false]).toContain(refused)
    expect(text(await strict(direct).get('replaced'))).toBe('2')
  })

  it('is settled when etcd has run out of space meanwhile', async () => {
    const parts = await behindProxy()
    const { storage, proxy } = parts
    await storage.commit([put('before')])
    proxy.loseAnswers()
    const commit = outcome(storage.commit([put('k', 'written')]))
    await applied(parts, 'k', 'written')
    const room = await runOutOfSpace(parts)
    proxy.heal()
    const settled = await commit
    await room()

    expect(settled).toBe(true)
  })

  it('is unsettled when etcd has refused a copy for want of space and another may still be under way', async () => {
    const parts = await behindProxy()
    const { storage, proxy } = parts
    await storage.commit([put('before')])
    const room = await runOutOfSpace(parts)
    const captured = proxy.captured.length
    proxy.loseAnswers()
    const commit = outcome(storage.commit([put('k', 'v')]))
    await eventually(() => proxy.captured.length > captured)
    // Not before a first copy has gone out and was given up.
    await eventually(() => storage.measures().some(({ name, value }) => name === 'chatelaine_etcd_retried_total' && value > 0))
    proxy.heal()
    const told = await commit
    await room()

    expect(told).toBe('storage.unsettled')
    expect(await eventually(() => storage.commit([put('after')]).catch(() => false))).toBe(true)
  })

  it('is unsettled, and not applied again, when its lane was removed while its process was suspended', async () => {
    const parts = await behindProxy()
    const { storage, proxy, direct } = parts
    await storage.commit([put('before')])
    proxy.loseAnswers()
    const commits = Promise.all([
      outcome(storage.commit([put('counter', '1')])),
      outcome(storage.commit([put('claim', 'mine')], [{ key: 'claim', revision: 0n }])),
    ])
    await applied(parts, 'claim', 'mine')
    await direct.commit([put('counter', '2')])
    await removeDeadLanes(parts)
    proxy.heal()

    expect(await commits).toEqual(['storage.unsettled', 'storage.unsettled'])
    expect(text(await strict(direct).get('counter'))).toBe('2')
    expect(await storage.commit([put('after')])).toBe(true)
  })
})

it('a lane that was removed while its process only idled is opened anew, and nothing is doubtful', { timeout: 60_000 }, async () => {
  const parts = await behindProxy()
  await parts.storage.commit([put('before')])
  await parts.direct.commit([put('newer')])
  await removeDeadLanes(parts)

  expect(await parts.storage.commit([put('k', 'v')])).toBe(true)
  expect(text(await strict(parts.direct).get('k'))).toBe('v')
})
