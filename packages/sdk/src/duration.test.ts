import fc from 'fast-check'
import { shortDuration } from './duration.js'
import { describe, expect, it } from 'vitest'
import { DurationError, formatDuration, parseDuration, parseMilliseconds } from './duration.js'

describe('parseDuration', () => {
  it.each([
    [300, 300], ['300', 300], ['5m', 300], ['1h30m', 5400], ['7d', 604_800], ['1.5h', 5400], ['500ms', 1], ['', 0], ['-1', -1],
    ['-5m', -300], [' 90s ', 90], [12.9, 13], ['1h0m0s', 3600], ['1.1h', 3960],
  ])('reads %j as %d seconds', (given, seconds) => {
    expect(parseDuration(given)).toBe(seconds)
  })

  it.each([['500ms', 1], ['1ns', 1], [0.5, 1], ['0.999s', 1], ['1.9s', 2], ['-500ms', -1], [-0.5, -1], ['-1.5s', -2], ['0ms', 0], [0, 0]])(
    'never reads %j as less than it is: %d seconds',
    (given, seconds) => {
      expect(parseDuration(given)).toBe(seconds)
    },
  )

  it('never reads what is shorter than a millisecond as nothing', () => {
    expect(['1ns', 0.0001, '0ms', '100ms', '-1us'].map(parseMilliseconds)).toEqual([1, 1, 0, 100, -1])
  })

  it.each(['5', '5x', 'm', '5m5', '1h 30m', 'NaN', true, null, undefined, {}, [], Infinity, Number.NaN, '9'.repeat(30)])(
    'refuses %j, or reads it as a plain number',
    (given) => {
      if (given === '5') expect(parseDuration(given)).toBe(5)
      else expect(() => parseDuration(given)).toThrow(expect.objectContaining({ code: DurationError.invalid.code }))
    },
  )

  it('reads back what formatDuration prints', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds))).toBe(seconds)
      }),
    )
  })
})

it.each([[0, '0s'], [59, '59s'], [60, '1m0s'], [1800, '30m0s'], [31_536_000, '8760h0m0s'], [-3600, '-1h0m0s']])(
  'prints %d seconds as Go does: %s',
  (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text)
  },
)

it('is short where it stands in a warning', () => {
  expect([2_764_800, 5400, 90, 3605, 0, 5399.7].map(shortDuration)).toEqual(['768h', '1h30m', '1m30s', '1h0m5s', '0s', '1h30m'])
})

it('is no longer than 64 bits of nanoseconds where it has units', () => {
  expect(() => parseDuration('9999999h')).toThrow()
  expect(parseDuration('2562047h')).toBe(2_562_047 * 3600)
})
