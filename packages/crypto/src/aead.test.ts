import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { open, openSecret, seal, sealInto } from './aead.js'
import { CryptoError } from './errors.js'
import { randomBytes } from './random.js'

const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))
const none = new Uint8Array(0)

// Test cases 13, 14 and 16 of McGrew and Viega's GCM submission to NIST (AES-256, 96-bit nonce).
const vectors = [
  {
    key: '00'.repeat(32),
    nonce: '00'.repeat(12),
    plaintext: '',
    associated: '',
    sealed: '530f8afbc74536b9a963b4f1c4cb738b',
  },
  {
    key: '00'.repeat(32),
    nonce: '00'.repeat(12),
    plaintext: '00'.repeat(16),
    associated: '',
    sealed: 'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919',
  },
  {
    key: 'feffe9928665731c6d6a8f9467308308'.repeat(2),
    nonce: 'cafebabefacedbaddecaf888',
    plaintext:
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72' +
      '1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
    associated: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    sealed:
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa' +
      '8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b',
  },
]

describe('aead', () => {
  it.each(vectors)('agrees with the published vector $sealed', (vector) => {
    const at = { key: hex(vector.key), nonce: hex(vector.nonce) }

    expect(seal(at, hex(vector.plaintext), hex(vector.associated))).toEqual(hex(vector.sealed))
    expect(open(at, hex(vector.sealed), hex(vector.associated))).toEqual(hex(vector.plaintext))
  })

  it('opens what it sealed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 40 }), (plaintext, associated) => {
        const at = { key: randomBytes(32), nonce: randomBytes(12) }
        const sealed = seal(at, plaintext, associated)
        expect(open(at, sealed, associated)).toEqual(plaintext)
        expect(openSecret(at, sealed, associated)).toEqual(plaintext)
        expect(() => openSecret(at, sealed, Uint8Array.of(...associated, 1))).toThrow('not what was sealed')
      }),
    )
  })

  it('refuses any flipped bit and any missing tail', () => {
    const at = { key: randomBytes(32), nonce: randomBytes(12) }
    const sealed = seal(at, randomBytes(20), hex('aa'))

    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const flipped = sealed.slice()
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect(() => open(at, flipped, hex('aa'))).toThrow(CryptoError)
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(() => open(at, sealed.subarray(0, length), hex('aa'))).toThrow('not what was sealed')
    }
  })

  it('refuses other associated data, another nonce and another key', () => {
    const at = { key: randomBytes(32), nonce: randomBytes(12) }
    const sealed = seal(at, randomBytes(20), hex('aa'))

    const attempts = [
      () => open(at, sealed, hex('ab')),
      () => open({ ...at, nonce: randomBytes(12) }, sealed, hex('aa')),
      () => open({ ...at, key: randomBytes(32) }, sealed, hex('aa')),
    ]

    for (const attempt of attempts) expect(attempt).toThrow('not what was sealed')
  })

  it('takes keys of 32 bytes and nonces of 12, nothing else', () => {
    expect(() => seal({ key: randomBytes(16), nonce: randomBytes(12) }, none, none)).toThrow('32 bytes')
    expect(() => open({ key: randomBytes(32), nonce: randomBytes(16) }, randomBytes(16), none)).toThrow('12 bytes')
  })

  it('writes into a larger record where it is told to, and says where it ended', () => {
    const at = { key: randomBytes(32), nonce: randomBytes(12) }
    const bytes = new Uint8Array(30)

    const end = sealInto({ bytes, offset: 5 }, at, hex('0102'), none)

    expect(end).toBe(23)
    expect(open(at, bytes.subarray(5, end), none)).toEqual(hex('0102'))
    expect([...bytes.subarray(0, 5), ...bytes.subarray(end)]).toEqual(Array(12).fill(0))
  })
})
