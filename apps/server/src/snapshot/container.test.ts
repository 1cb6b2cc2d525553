import { memoryStorage } from '@chatelaine/sdk'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { containerOf } from './container.js'
import { SnapshotError } from './errors.js'
import { checked, ContainerReader, recordsOf } from './reader.js'
import { collected, likeVault, pieces } from './testing/kept.js'

const facts = { created: '2030-01-01T00:00:00.000Z', storage: 'inmem', cluster: 'house' }
const put = (key: string, value: string) => ({ put: key, value: Buffer.from(value) })

async function small(): Promise<Buffer> {
  const storage = memoryStorage()
  await storage.commit([put('a', '1'), put('core/lock', 'elected'), put('b/é', 'two'), put('c', '')])
  return collected(containerOf(() => storage.snapshot(), facts))
}

async function read(bytes: Uint8Array, size = 7) {
  const found: [string, string][] = []
  for await (const { key, value } of recordsOf(pieces(bytes, size))) found.push([key, Buffer.from(value).toString()])
  return found
}

describe('the container of a snapshot', () => {
  it('is what docs/format.md shows', async () => {
    const page = readFileSync(new URL('../../../../docs/format.md', import.meta.url), 'utf8')
    const lines = /```text snapshot-container\n([\s\S]*?)\n```/.exec(page)?.[1]?.split('\n') ?? []
    const records = Buffer.from(lines.slice(1, -1).join('').replaceAll(' ', ''), 'hex')
    const bytes = Buffer.concat([Buffer.from(`${lines[0]}\n`), records, Buffer.from(`${lines.at(-1)}\n`)])

    expect(bytes.toString('hex')).toBe((await small()).toString('hex'))
    expect(await read(bytes)).toEqual([['a', '1'], ['b/é', 'two'], ['c', '']])
  })

  it('gives back what was in it, in pieces of any size', async () => {
    const bytes = await small()

    for (const size of [1, 2, 3, 50, 10_000]) expect(await read(bytes, size)).toEqual([['a', '1'], ['b/é', 'two'], ['c', '']])
  })

  it('gives large values whole, and everything of a large storage', async () => {
    const storage = await likeVault(memoryStorage(), 3000)
    const bytes = await collected(containerOf(() => storage.snapshot(), facts))
    const reader = new ContainerReader()
    let large = 0
    for await (const chunk of pieces(bytes, 0x1_0000)) {
      for (const { key, value } of reader.take(chunk)) if (key === 'logical/uuid-1/large') large = value.filter((byte) => byte === 7).length
    }

    expect(large).toBe(3 << 20)
    const { header, trailer } = reader.end()
    expect(trailer.count).toBe(header.count - 1)
  })

  it('is refused when it is cut anywhere', async () => {
    const bytes = await small()

    for (let length = 0; length < bytes.length; length++) await expect(read(bytes.subarray(0, length))).rejects.toSatisfy(SnapshotError.damaged.is)
  })

  it('is refused when any bit of it is another', async () => {
    const bytes = await small()

    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed[at]! ^= 1
      const refused = await read(changed).catch((error: unknown) => error)
      expect([SnapshotError.damaged, SnapshotError.newerFormat].some((row) => row.is(refused)), `byte ${at}`).toBe(true)
    }
  })

  it('is refused when something follows it, in the same piece or the next', async () => {
    const longer = Buffer.concat([await small(), Buffer.from('\n')])

    await expect(read(longer, 10_000)).rejects.toSatisfy(SnapshotError.damaged.is)
    await expect(read(longer, longer.length - 1)).rejects.toSatisfy(SnapshotError.damaged.is)
  })

  it('refuses a length that no record has, before it waits for so much', async () => {
    const header = (await small()).subarray(0, (await small()).indexOf(10) + 1)
    const reader = new ContainerReader()

    expect(() => reader.take(Buffer.concat([header, Buffer.from('0000000120000000', 'hex')]))).toThrow(expect.toSatisfy(SnapshotError.damaged.is))
  })

  it('names a version that is not its own', async () => {
    const newer = Buffer.from((await small()).toString('latin1').replace('"version":1', '"version":2'), 'latin1')

    await expect(read(newer)).rejects.toSatisfy(SnapshotError.newerFormat.is)
  })

  it('is looked at while it passes, unchanged', async () => {
    const bytes = await small()

    expect(await collected(checked(pieces(bytes, 5)))).toEqual(bytes)
    await expect(collected(checked(pieces(bytes.subarray(0, -1), 5)))).rejects.toSatisfy(SnapshotError.damaged.is)
  })

  it('is not made where the storage gives less than it announced, and lets go of what it took', async () => {
    const storage = memoryStorage()
    await storage.commit([put('a', '1'), put('b', '2')])
    let closed = 0
    const take = async () => ({ ...(await storage.snapshot()), count: 3, close: async () => void (closed += 1) })

    await expect(collected(containerOf(take, facts))).rejects.toSatisfy(SnapshotError.changed.is)
    for await (const _ of containerOf(take, facts)) break
    expect(closed).toBe(2)
  })
})
