import { describe, expect, it } from 'vitest'
import { StorageError } from '../errors.js'
import { keyspace } from './keyspace.js'
import { decodeStored, encodeParts, encodeValue } from './value.js'

describe('the keyspace', () => {
  it('is one folder, whatever slashes its prefix has', () => {
    for (const prefix of ['vault', '/vault', 'vault/', '//vault//']) expect(keyspace(prefix).all).toEqual({ from: '/vault/', to: '/vault0' })
    expect(keyspace('/a/b').data).toEqual({ from: '/a/b/data/', to: '/a/b/data0' })
  })

  it('has folders that do not reach into one another', () => {
    const { all, format: _, ...folders } = keyspace('/vault')
    const ranges = Object.values(folders)
    for (const [i, a] of ranges.entries()) {
      expect(a.from >= all.from && a.to <= all.to).toBe(true)
      for (const b of ranges.slice(i + 1)) expect(a.to <= b.from || b.to <= a.from).toBe(true)
    }
  })
})

describe('a stored value', () => {
  it('is itself or says where its parts are', () => {
    const parts = { id: 'ab', count: 3, bytes: 2_000_000 }

    expect(decodeStored('k', encodeValue(Uint8Array.of(1, 2)))).toEqual({ value: Buffer.from([1, 2]) })
    expect(decodeStored('k', encodeValue(new Uint8Array(0)))).toEqual({ value: Buffer.alloc(0) })
    expect(decodeStored('k', encodeParts(parts))).toEqual({ parts })
  })

  it('is never guessed at: bytes of no known kind name their key', () => {
    for (const bytes of [Uint8Array.of(), Uint8Array.of(7, 1), Uint8Array.of(1), Buffer.from('\x01{"id":1}'), Buffer.from('\x01null')]) {
      expect(() => decodeStored('some/key', bytes)).toThrow(StorageError.torn({ key: 'some/key' }).message)
    }
  })
})
