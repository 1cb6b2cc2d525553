import { describe, expect, it } from 'vitest'
import { equalBytes, equalStrings } from './equal.js'
import { hkdf } from './hkdf.js'
import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { HmacKey, hmacSha256 } from './hmac.js'
import { zero } from './zero.js'

const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))
const range = (from: number, to: number) => Uint8Array.from({ length: to - from + 1 }, (_, i) => from + i)

describe('hkdf', () => {
  it('agrees with RFC 5869, test case 1', () => {
    const okm = hkdf(new Uint8Array(22).fill(0x0b), { salt: range(0, 12), info: range(0xf0, 0xf9), length: 42 })
    expect(okm).toEqual(hex('3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865'))
  })

  it('agrees with RFC 5869, test case 2', () => {
    const okm = hkdf(range(0, 0x4f), { salt: range(0x60, 0xaf), info: range(0xb0, 0xff), length: 82 })
    expect(okm).toEqual(
      hex(
        'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09' +
          'da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
      ),
    )
  })

  it('agrees with RFC 5869, test case 3: no salt, no info', () => {
    const okm = hkdf(new Uint8Array(22).fill(0x0b), { info: '', length: 42 })
    expect(okm).toEqual(hex('8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8'))
  })

  it('gives 32 bytes unless told otherwise, others for another info', () => {
    const secret = range(1, 32)
    expect(hkdf(secret, { info: 'a' })).toHaveLength(32)
    expect(hkdf(secret, { info: 'a' })).not.toEqual(hkdf(secret, { info: 'b' }))
  })
})

describe('hmac', () => {
  it('is the HMAC that OpenSSL computes, for keys and messages of any length, also in turn under one key', () => {
    const bytes = fc.uint8Array({ maxLength: 200 })
    const messages = fc.array(fc.oneof(bytes, fc.string({ unit: 'binary', maxLength: 80 }), fc.constant('x'.repeat(20_000))), { maxLength: 6 })
    fc.assert(
      fc.property(bytes, messages, (secret, all) => {
        const key = new HmacKey(secret)
        for (const message of all) {
          const expected = createHmac('sha256', secret).update(message)
          expect(key.hex(message)).toBe(expected.digest('hex'))
          expect(Buffer.from(key.digest(message)).toString('hex')).toBe(key.hex(message))
        }
      }),
    )
  })

  it('has forgotten its key once closed', () => {
    const key = new HmacKey(Buffer.from('Jefe'))
    const before = key.hex('m')

    key.close()

    expect(key.hex('m')).not.toBe(before)
  })

  it('agrees with RFC 4231, test cases 1 and 2', () => {
    expect(hmacSha256(new Uint8Array(20).fill(0x0b), 'Hi There')).toEqual(
      hex('b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'),
    )
    expect(hmacSha256(Buffer.from('Jefe'), 'what do ya want for nothing?')).toEqual(
      hex('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'),
    )
  })
})

describe('equal', () => {
  it('knows equal from unequal, whatever the lengths', () => {
    expect(equalBytes(range(1, 9), range(1, 9))).toBe(true)
    expect(equalBytes(range(1, 9), range(1, 8))).toBe(false)
    expect(equalBytes(range(1, 9), range(2, 10))).toBe(false)
    expect(equalStrings('', '')).toBe(true)
    expect(equalStrings('tøken', 'tøken')).toBe(true)
    expect(equalStrings('tøken', 'token')).toBe(false)
  })
})

describe('zero', () => {
  it('overwrites every byte of every array given', () => {
    const [a, b] = [range(1, 4), range(5, 9)]
    zero(a, b)
    expect([...a, ...b]).toEqual(Array(9).fill(0))
  })
})
