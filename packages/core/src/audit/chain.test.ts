import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Chain, verifyChain } from './chain.js'

const key = () => new Uint8Array(32).fill(3)

const chain = (key_ = key()) => new Chain(key_, 'chain-1')

const linked = (count: number, from = chain()) => Array.from({ length: count }, (_,
  n) => from.link(JSON.stringify({ n, text: 'a "quoted" line' })))
const problems = (lines: readonly string[], prefix?: string) =>
  verifyChain(lines, key(), prefix).breaks.map(({ line, problem }) => `${line} ${problem}`)

describe('chain', () => {
  it('is whole as it was written, and each line is still JSON', () => {
    const lines = linked(5)

    expect(verifyChain(lines, key())).toEqual({ lines: 5, chains: 1, breaks: [] })
    expect(lines.map((line) => (JSON.parse(line) as { n: number }).n)).toEqual([0, 1, 2, 3, 4])
  })

  it('shows a removed line at the one after it', () => {
    expect(problems(linked(5).toSpliced(2, 1))).toEqual(['3 missing'])
    expect(problems(linked(5).toSpliced(0, 1))).toEqual(['1 missing'])
  })

  it('shows a changed line', () => {
    const lines = linked(5)
    lines[2] = (lines[2] ?? '').replace('"n":2', '"n":7')
    expect(problems(lines)).toEqual(['3 altered'])
  })

  it('shows lines that changed places', () => {
    const [a = '', b = '', c = '', d = ''] = linked(4)
    expect(problems([a, c, b, d])).not.toEqual([])
  })

  it('shows a line written twice, and one written in between', () => {
    const [a = '', b = '', c = ''] = linked(3)
    expect(problems([a, b, b, c])).toContain('3 missing')
    expect(problems([a, '{"forged":true}', b, c])).toEqual(['2 unreadable'])
  })

  it('cannot be continued or rewritten without the key', () => {
    const forged = linked(3, chain(new Uint8Array(32).fill(4)))
    expect(problems(forged)).toEqual(['1 altered', '2 altered', '3 altered'])
  })

  it('follows several chains mixed in one file', () => {
    const one = new Chain(key(), 'one')
    const two = new Chain(key(), 'two')
    const lines = [one.link('{"n":1}'), two.link('{"n":2}'), two.link('{"n":3}'), one.link('{"n":4}')]

    expect(verifyChain(lines, key())).toEqual({ lines: 4, chains: 2, breaks: [] })
    expect(problems(lines.toSpliced(1, 1))).toEqual(['2 missing'])
  })

  it('reads lines behind their prefix', () => {
    const lines = linked(3).map((line) => `vault: ${line}`)
    expect(problems(lines, 'vault: ')).toEqual([])
    expect(problems(lines)).toEqual(['1 unreadable', '2 unreadable', '3 unreadable'])
  })

  it('shows any change of any character', () => {
    const lines = linked(3)
    fc.assert(
      fc.property(fc.nat(2), fc.nat(), fc.integer({ min: 32, max: 126 }), (which, where, code) => {
        const line = lines[which] ?? ''
        const at = where % line.length
        fc.pre(line.charCodeAt(at) !== code)
        const changed = line.slice(0, at) + String.fromCharCode(code) + line.slice(at + 1)
        expect(problems(lines.with(which, changed))).not.toEqual([])
      }),
    )
  })
})
