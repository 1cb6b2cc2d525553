import { defaultLimits } from '@chatelaine/doors'
import { expect, it } from 'vitest'
import { bodyLimits } from './body-limits.js'

const listener = { address: { host: '127.0.0.1', port: 0 }, tls: undefined, maxRequestSize: undefined, maxRequestDuration: undefined, requireRequestHeader: false }

it('a listener without settings bounds bodies as Vault does', () => {
  const { bodyBytes, openBodyBytes, allBodiesBytes, json } = defaultLimits
  expect(bodyLimits(listener)).toEqual({ bodyBytes, openBodyBytes, allBodiesBytes, json })
  expect({ bodyBytes, ...json }).toEqual({ bodyBytes: 33_554_432, depth: 300, stringBytes: 1_048_576, objectEntries: 10_000, arrayElements: 10_000, tokens: 500_000 })
})

it('a setting of 0 is the default, and one below it no bound', () => {
  const { json, openBodyBytes } = bodyLimits({ ...listener, bounds: { jsonDepth: 0, jsonTokens: -1, jsonArrayElements: 5, unauthenticatedSize: 7 } })
  expect([json.depth, json.tokens, json.arrayElements, openBodyBytes]).toEqual([300, Infinity, 5, 7])
})

it('one body of the largest size always fits into what all may take together', () => {
  expect(bodyLimits({ ...listener, maxRequestSize: 1_000_000_000 })).toMatchObject({ bodyBytes: 1_000_000_000, allBodiesBytes: 1_000_000_000 })
})
