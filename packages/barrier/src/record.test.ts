import { randomBytes } from '@chatelaine/crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openRecord, recordOverhead, sealRecord, termOf } from './record.js'

const under = (term = 1) => ({ term, key: randomBytes(32), nonce: randomBytes(12) })

describe('record', () => {
  it('opens to what was sealed, for any name, value and term', () => {
    const term = fc.integer({ min: 0, max: 2 ** 32 - 1 })
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 400 }), term, (name, plaintext, number) => {
        const at = under(number)
        const record = sealRecord(name, plaintext, at)

        expect(termOf(record)).toBe(number)
        expect(record.length).toBe(plaintext.length + recordOverhead)
        expect(openRecord(name, record, at.key)).toEqual(plaintext)
      }),
    )
  })

  it('opens under no other name', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (name, other) => {
        fc.pre(name !== other)
        const at = under()
        const record = sealRecord(name, randomBytes(8), at)
        expect(() => openRecord(other, record, at.key)).toThrow(`"${other}" is not what was written there`)
      }),
    )
  })

  it('does not open when it claims another term, even with its own key', () => {
    const at = under(1)
    const record = sealRecord('k', randomBytes(8), at)
    record[3] = 2
    expect(() => openRecord('k', record, at.key)).toThrow('"k" is not what was written there')
  })

  it('is not taken for a record when it is short or of another version', () => {
    const record = sealRecord('k', new Uint8Array(0), under())
    expect(termOf(record.subarray(1))).toBeUndefined()
    expect(termOf(record.with(4, 2))).toBeUndefined()
  })

  it('reads a record that lies within a larger buffer', () => {
    const at = under(9)
    const record = sealRecord('k', Uint8Array.of(1, 2), at)
    const around = Uint8Array.of(7, 7, 7, ...record, 7)
    const inside = around.subarray(3, 3 + record.length)
    expect(termOf(inside)).toBe(9)
    expect(openRecord('k', inside, at.key)).toEqual(Uint8Array.of(1, 2))
  })
})
