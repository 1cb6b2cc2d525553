import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TelegaError } from './errors.js'
import { readSessionKeys } from './session-keys.js'

describe('session_keys.json', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'telega-'))
    file = join(folder, 'session_keys.json')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it.each(['{ "api_id": "123456", "api_hash": "abcdef1234567890" }', '\uFEFF{ "api_id": 123456, "api_hash": "abcdef1234567890", "more": 1 }'])(
    'is read from %j',
    (text) => {
      writeFileSync(file, text)
      expect(readSessionKeys(file)).toEqual({ apiId: 123456, apiHash: 'abcdef1234567890' })
    },
  )

  it.each([
    '', '[]', 'null', '{', '{}',
    '{ "api_hash": "abcdef" }', '{ "api_id": 1 }',
    '{ "api_id": true, "api_hash": "abcdef" }', '{ "api_id": [5], "api_hash": "abcdef" }', '{ "api_id": "1e3", "api_hash": "abcdef" }',
    '{ "api_id": "", "api_hash": "abcdef" }', '{ "api_id": 0, "api_hash": "abcdef" }', '{ "api_id": 1.5, "api_hash": "abcdef" }',
    '{ "api_id": 2147483648, "api_hash": "abcdef" }', '{ "api_id": 1, "api_hash": "xyz" }', '{ "api_id": 1, "api_hash": "" }',
  ])('is refused as %j', (text) => {
    writeFileSync(file, text)
    expect(() => readSessionKeys(file)).toThrow(expect.objectContaining({ code: TelegaError.badKeys.code }))
  })

  it('is never quoted in an error, nor in the cause of one', () => {
    writeFileSync(file, '{ "api_id": 1, "api_hash": "abcdef-this-is-secret", }')
    try {
      readSessionKeys(file)
      expect.unreachable()
    } catch (error) {
      expect(JSON.stringify([String(error), String((error as Error).cause)])).not.toContain('secret')
    }
  })

  it('tells what is missing from what cannot be read', () => {
    expect(() => readSessionKeys(file)).toThrow(expect.objectContaining({ code: TelegaError.noKeys.code }))
    mkdirSync(file)
    expect(() => readSessionKeys(file)).toThrow(expect.objectContaining({ code: TelegaError.unreadable.code }))
  })
})
