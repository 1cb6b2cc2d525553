import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { encodeCounts } from './counts.js'
import { encodeKeyring, openKeyring, sealKeyring } from './keyring-record.js'
import { openRecord, sealRecord } from './record.js'
import { keySeal } from './seals/key-seal.js'

const page = readFileSync(new URL('../../../docs/format.md', import.meta.url), 'utf8')
const facts = new Map([...page.matchAll(/^(\w+\.\w+): +(.+)$/gm)].map(([, name, value]) => [name, value!]))

const text = (name: string) => {
  const found = facts.get(name)
  if (found === undefined) throw new Error(`docs/format.md does not tell ${name}`)
  return found
}
const bytes = (name: string) => new Uint8Array(Buffer.from(text(name), 'hex'))
const hex = (value: Uint8Array) => Buffer.from(value).toString('hex')

describe('docs/format.md', () => {
  it('describes a record as it is written and read', () => {
    const under = { term: Number(text('record.term')), key: bytes('record.key'), nonce: bytes('record.nonce') }

    const record = sealRecord(text('record.name'), bytes('record.plaintext'), under)

    expect(hex(record)).toBe(text('record.bytes'))
    expect(openRecord(text('record.name'), bytes('record.bytes'), under.key)).toEqual(bytes('record.plaintext'))
    expect(text('record.associated')).toBe(hex(record.subarray(0, 5)) + hex(Buffer.from(text('record.name'))))
  })

  it('describes the keyring as it is written and read', () => {
    const rootKey = bytes('keyring.rootKey')

    const keyring = openKeyring(bytes('keyring.bytes'), rootKey)

    expect(hex(encodeKeyring(keyring))).toBe(text('keyring.plaintext'))
    expect(hex(sealKeyring(keyring, rootKey, bytes('keyring.nonce')))).toBe(text('keyring.bytes'))
    expect(keyring.policy).toEqual({ enabled: true, maxOperations: 3_865_470_566, interval: 0 })
    expect([...keyring.terms.values()]).toEqual([
      { number: 1, key: new Uint8Array(32).fill(0x11), installed: new Date('2030-01-01'), encryptions: 65537 },
      { number: 2, key: new Uint8Array(32).fill(0x22), installed: new Date('2030-01-02'), encryptions: 0 },
    ])
    expect(keyring.active.number).toBe(2)
  })

  it('describes the count', () => {
    const counts = { term: Number(text('counts.term')), reserved: Number(text('counts.reserved')) }
    expect(hex(encodeCounts(counts))).toBe(text('counts.plaintext'))
  })

  it('describes a wrapped root key as it is made and opened', async () => {
    const seal = keySeal(bytes('wrap.key'), { type: text('wrap.type'), random: () => bytes('wrap.nonce') })

    expect(hex(await seal.wrap(bytes('wrap.rootKey')))).toBe(text('wrap.bytes'))
    expect(await seal.unwrap(bytes('wrap.bytes'))).toEqual(bytes('wrap.rootKey'))
  })
})
