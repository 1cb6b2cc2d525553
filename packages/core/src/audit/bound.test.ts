import { memoryStorage, type AuditType, type Request } from '@chatelaine/sdk'
import { describe, expect, it, onTestFinished } from 'vitest'
import { AuditBroker } from './broker.js'
import { verifyChain } from './chain.js'
import type { AnswerFacts } from './facts.js'

interface Shown {
  readonly request: { readonly data?: any; readonly data_omitted?: { readonly values: number; readonly characters: number } }
  readonly response?: { readonly data?: any; readonly data_omitted?: unknown; readonly body?: string; readonly body_omitted?: unknown }
}

async function recorder(options: Record<string, string> = {}) {
  const lines: string[] = []
  const type: AuditType = { type: 'tape', open: async () => ({ write: async (line) => void lines.push(line), close: async () => undefined }) }
  const broker = new AuditBroker({ storage: memoryStorage(), types: [type], clock: { now: () => new Date(0) }, log: () => undefined })
  onTestFinished(() => broker.close())
  await broker.enable('tape', { type: 'tape', options })
  const last = () => JSON.parse(lines.at(-1) ?? '') as Shown
  const request = async (input: Request['input']) => {
    await broker.request({ requestId: 'id', operation: 'update', request: { verb: 'write', path: 'a', input } })
    return last()
  }
  const response = async (response: AnswerFacts['response']) => {
    await broker.response({ requestId: 'id', operation: 'read', request: { verb: 'read', path: 'a', input: {} }, response })
    return last()
  }
  return { broker, lines, request, response }
}

const most = 600_000
const heavy: readonly [string, Request['input']][] = [
  ['many empty strings', { a: Array.from({ length: 349_000 }, () => '') }],
  ['many strings in lists', { a: Array.from({ length: 50 }, () => Array.from({ length: 9_800 }, () => 'b')) }],
  ['many names', Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`name-${i}`, i]))],
  ['long names', Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${i}`.repeat(200_000), 1]))],
  ['long strings', { a: Array.from({ length: 30 }, (_, i) => `${i % 10}`.repeat(1_000_000)) }],
  ['many numbers', { a: Array.from({ length: 300_000 }, (_, i) => i) }],
  ['many objects', { a: Array.from({ length: 9_000 }, () => ({ b: { c: {} } })) }],
]

describe('data of any size', () => {
  it.each(heavy)('makes a record of bounded size, which says how much was left out: %s', async (_, input) => {
    const { request, lines } = await recorder()

    const { data_omitted } = (await request(input)).request

    expect(lines.at(-1)?.length).toBeLessThan(most)
    expect(data_omitted?.values).toBeGreaterThan(0)
  })

  it.each(heavy)('in an answer as well: %s', async (_, data) => {
    const { response, lines } = await recorder()

    expect((await response({ data })).response?.data_omitted).toMatchObject({ values: expect.any(Number) })
    expect((await response({ verbatim: JSON.stringify(data) })).response).toEqual({ body_omitted: { characters: JSON.stringify(data).length } })

    expect(lines.at(-1)?.length).toBeLessThan(most)
  })

  it.each(heavy)('also where values are written as they are: %s', async (_, input) => {
    const { request, lines } = await recorder({ log_raw: 'true' })

    expect((await request(input)).request.data_omitted?.values).toBeGreaterThan(0)

    expect(lines.at(-1)?.length).toBeLessThan(most)
  })

  it('is written down from its beginning, and what was left out is counted whole', async () => {
    const { broker, request } = await recorder()
    const values = Array.from({ length: 2_000 }, (_, i) => `v${i}`)

    const { data, data_omitted } = (await request({ first: 'x', list: values })).request

    const hash = (text: string) => broker.hash('tape', text)
    expect(data.first).toBe(await hash('x'))
    expect(data.list.slice(0, 2)).toEqual([await hash('v0'), await hash('v1')])
    const kept = data.list.length as number
    expect(data_omitted).toEqual({ values: 2_000 - kept, characters: values.slice(kept).join('').length })
  })

  it('that is ordinary is written down whole, and nothing is said', async () => {
    const { request } = await recorder()

    const shown = await request({ pem: 'x'.repeat(60_000), list: Array.from({ length: 400 }, (_, i) => `${i}`) })

    expect(shown.request.data.list).toHaveLength(400)
    expect(shown.request).not.toHaveProperty('data_omitted')
  })

  it('leaves the chain whole', async () => {
    const { broker, lines, request, response } = await recorder()
    for (const [, input] of heavy) {
      await request(input)
      await response({ data: input })
    }
    const key = await broker.chainKey('tape')
    expect(verifyChain(lines, key).breaks).toEqual([])
  })
})
