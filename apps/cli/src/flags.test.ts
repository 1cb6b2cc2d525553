import { describe, expect, it } from 'vitest'
import { CliError } from './errors.js'
import { many, pairs, parseFlags, readFlags, text, whole, yes } from './flags.js'

const flags = { field: text(''), force: yes(''), version: whole(''), policy: many(''), metadata: pairs('') }
const parse = (...argv: string[]) => {
  const parsed = parseFlags(argv, flags)
  return { args: parsed.args, ...readFlags(flags, parsed) }
}

describe('flags', () => {
  it.each([['-field=x'], ['--field=x'], ['-field', 'x'], ['--field', 'x']])('reads %s %s', (...argv) => {
    expect(parse('a', ...argv, 'b')).toMatchObject({ args: ['a', 'b'], field: 'x' })
  })

  it('takes a switch without a value, or with one', () => {
    expect(parse('-force', 'x')).toMatchObject({ args: ['x'], force: true })
    expect(parse('-f')).toMatchObject({ force: true })
    expect(parse('-force=false')).toMatchObject({ force: false })
    expect(parse()).toMatchObject({ force: undefined })
  })

  it('leaves standard input, numbers and everything after -- to the arguments', () => {
    expect(parse('-', '-1', 'ttl=-field', '--', '-field=x')).toMatchObject({ args: ['-', '-1', 'ttl=-field', '-field=x'], field: undefined })
  })

  it('collects repeated and comma-separated values', () => {
    expect(parse('-policy=a,b', '-policy', 'c', '-metadata=k=v=w')).toMatchObject({ policy: ['a', 'b', 'c'], metadata: { k: 'v=w' } })
  })

  it('refuses what it does not know, what lacks a value and what is not a number, without repeating values', () => {
    expect(() => parse('-nope')).toThrow(expect.toSatisfy(CliError.unknownFlag.is))
    expect(() => parse('-constructor')).toThrow(expect.toSatisfy(CliError.unknownFlag.is))
    expect(() => parse('-field')).toThrow(expect.toSatisfy(CliError.flagNeedsValue.is))
    expect(() => parse('-version=hunter2')).toThrow(expect.not.stringContaining('hunter2'))
  })
})
