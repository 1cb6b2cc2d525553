import { randomBytes } from '@chatelaine/crypto'
import { describe, expect, it } from 'vitest'
import { BarrierError } from './errors.js'
import { checkShareLength, parseShare } from './share-text.js'

const from = (bytes: Uint8Array, encoding: 'hex' | 'base64') => Buffer.from(bytes).toString(encoding)

describe('parseShare', () => {
  it('reads hex of either case and base64, for every length a share can have', () => {
    for (let length = 16; length <= 33; length++) {
      const share = randomBytes(length)
      expect(parseShare(from(share, 'hex'))).toEqual(share)
      expect(parseShare(from(share, 'hex').toUpperCase())).toEqual(share)
      expect(parseShare(from(share, 'base64'))).toEqual(share)
    }
  })

  it('tries base64 where hex would give a length no share has', () => {
    expect(parseShare('deadbeef')).toEqual(new Uint8Array(Buffer.from('deadbeef', 'base64')))
    expect(parseShare('ab'.repeat(34))).toEqual(new Uint8Array(Buffer.from('ab'.repeat(34), 'base64')))
  })

  it.each(['', 'abc', 'not a key', 'a'.repeat(43), '====', 'AAAA=AAA', `${'A'.repeat(44)} `, 'ab-_'])(
    'refuses %j as neither',
    (text) => {
      expect(() => parseShare(text)).toThrow(`'key' must be a valid hex or base64 string`)
    },
  )
})

describe('checkShareLength', () => {
  it('takes 16 to 33 bytes, and refuses others in the words of Vault', () => {
    for (const length of [16, 32, 33]) checkShareLength(randomBytes(length))
    expect(() => checkShareLength(randomBytes(15))).toThrow('invalid key: key is shorter than minimum 16 bytes')
    expect(() => checkShareLength(randomBytes(34))).toThrow('invalid key: key is longer than maximum 33 bytes')
    expect(BarrierError.keyTooShort({ min: 16 }).status).toBe(400)
  })
})
