import { describe, expect, it } from 'vitest'
import { RawNumber } from './json.js'
import { memoryStorage } from './memory.js'
import { decodeData, decodeRecord, encodeData, encodeRecord, Parsed, RecordError, records, untilCommitted } from './records.js'

it('parses an entry once for each revision of it', async () => {
  const storage = memoryStorage()
  let parses = 0
  const parsed = new Parsed(storage, ({ value }) => ((parses += 1), decodeRecord<string>(value)))
  await storage.commit([{ put: 'k', value: encodeRecord('one') }])
  expect([(await parsed.get('k'))?.value, (await parsed.get('k'))?.value, parses]).toEqual(['one', 'one', 1])

  await storage.commit([{ put: 'k', value: encodeRecord('two') }])
  expect([(await parsed.get('k'))?.value, parses]).toEqual(['two', 2])

  await storage.commit([{ remove: 'k' }])
  expect(await parsed.get('k')).toBeUndefined()
})

it('keeps no more than it may, and still answers for all', async () => {
  const storage = memoryStorage()
  const parsed = new Parsed(storage, ({ value }) => decodeRecord<number>(value), { entries: 2 })
  for (const n of [1, 2, 3]) await storage.commit([{ put: `${n}`, value: encodeRecord(n) }])

  for (const n of [1, 2, 3, 1, 2, 3]) expect((await parsed.get(`${n}`))?.value).toBe(n)
})

it('tries again after a lost race, and gives up at last', async () => {
  const answers = [false, false, 'done'] as const
  let turn = 0
  expect(await untilCommitted(async () => answers[turn++] ?? false)).toBe('done')

  await expect(untilCommitted(async () => false)).rejects.toSatisfy(RecordError.contended.is)
})

it('does not take bytes that are no text for a record', () => {
  expect(() => decodeRecord(new Uint8Array([0xff, 0xfe]))).toThrow()
})

it('shares what it decoded, and lets nobody change it', async () => {
  const storage = memoryStorage()
  const kept = records(storage)
  await storage.commit([{ put: 'k', value: encodeRecord({ data: { list: [1] } }) }])

  const [first, second] = [await kept.get<{ data: { list: number[] } }>('k'), await kept.get('k')]

  expect(second?.value).toBe(first?.value)
  expect(() => first?.value.data.list.push(2)).toThrow(TypeError)
})

it('does not keep a large record', async () => {
  const storage = memoryStorage()
  const kept = records(storage)
  await storage.commit([{ put: 'k', value: encodeRecord('x'.repeat(10_000)) }, { put: 'o', value: encodeRecord({ a: 'x'.repeat(10_000) }) }])

  expect((await kept.get('o'))?.value).not.toBe((await kept.get('o'))?.value)
  expect((await kept.get('o'))?.value).toEqual((await kept.get('o'))?.value)
})

describe('records of any size', () => {
  const heavy = [
    { list: Array.from({ length: 60_000 }, () => new RawNumber('1.0')) },
    { text: 'é"\n😀'.repeat(40_000), __proto__x: null },
    Array.from({ length: 3_000 }, (_, i) => ({ [`n${i}`]: `${i}` })),
  ]

  it.each(heavy)('come back as they were', async (value) => {
    expect(await decodeData(await encodeData(value))).toEqual(value)
    expect(Buffer.compare(await encodeData(value), encodeRecord(value))).toBe(0)
  })

  it('are read through a mount, and the next reader gets one of his own', async () => {
    const storage = memoryStorage()
    await storage.commit([{ put: 'a', value: await encodeData(heavy[0]) }])
    const kept = records(storage)

    expect((await kept.get('a'))?.value).toEqual(heavy[0])
    expect((await kept.get('a'))?.value).not.toBe((await kept.get('a'))?.value)
  })
})
