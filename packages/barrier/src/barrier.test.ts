import { randomBytes } from '@chatelaine/crypto'
import { memoryStorage } from '@chatelaine/sdk'
import { storageContract } from '@chatelaine/sdk/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Barrier } from './barrier.js'
import { BarrierError } from './errors.js'
import { reserved } from './reserved.js'
import { founded, standingClock, watched } from './testing/world.js'

const bytes = (text: string) => new TextEncoder().encode(text)

storageContract('a barrier over memory', async () => (await founded()).node())

/** A record in storage, and a fresh node that reads whatever is put in its place. */
async function stored(key: string, value: Uint8Array) {
  const { below, node } = await founded()
  await (await node()).commit([{ put: key, value }])
  const record = (await below.get(key))!.value
  const barrier = await node()
  return {
    record,
    async readInstead(other: Uint8Array) {
      await below.commit([{ put: key, value: other }])
      return (await barrier.get(key))!.value
    },
  }
}

const tampered = (key: string) => (error: unknown) => BarrierError.tampered.is(error) && error.details.key === key

describe('barrier', () => {
  it('gives back what was written, and storage sees nothing of it', async () => {
    const { below, node } = await founded()
    const barrier = await node()

    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 8, maxLength: 300 }), async (value) => {
        await barrier.commit([{ put: 'k', value }])
        expect((await barrier.get('k'))?.value).toEqual(value)
        expect(Buffer.from((await below.get('k'))!.value).includes(Buffer.from(value))).toBe(false)
      }),
    )
  })

  it('encrypts the same value differently each time', async () => {
    const { below, node } = await founded()
    const barrier = await node()

    await barrier.commit([{ put: 'k', value: bytes('same') }])
    const first = (await below.get('k'))!.value
    await barrier.commit([{ put: 'k', value: bytes('same') }])

    expect((await below.get('k'))!.value).not.toEqual(first)
  })

  it('finds every changed byte of a record, and names the key', async () => {
    const { record, readInstead } = await stored('a/b', bytes('secret'))

    // A changed term byte names a term that does not exist; any other change is tampering.
    for (let i = 0; i < record.length; i++) {
      const refusal = i < 4 ? BarrierError.unknownTerm.is : tampered('a/b')
      await expect(readInstead(record.with(i, record[i]! ^ 0x10))).rejects.toSatisfy(refusal)
    }
    await expect(readInstead(record.with(0, 1))).rejects.toThrow('"a/b" was written under term 16777217')
    expect(await readInstead(record)).toEqual(bytes('secret'))
  })

  it('finds every missing or added byte of a record', async () => {
    const { record, readInstead } = await stored('a/b', bytes('secret'))

    for (let length = 0; length < record.length; length++) {
      await expect(readInstead(record.subarray(0, length))).rejects.toSatisfy(tampered('a/b'))
      await expect(readInstead(record.subarray(record.length - length))).rejects.toThrow('"a/b"')
    }
    await expect(readInstead(Uint8Array.of(...record, 0))).rejects.toSatisfy(tampered('a/b'))
  })

  it('does not open bytes that were moved to another key, nor an entry that storage names otherwise', async () => {
    const { below, rootKey, node } = await founded()
    const barrier = await node()
    await barrier.commit([{ put: 'mine', value: bytes('secret') }])
    const stolen = (await below.get('mine'))!

    await below.commit([{ put: 'hers', value: stolen.value }])
    const moved = (await barrier.get('hers'))!
    expect(() => moved.value).toThrow('"hers" is not what was written there')

    const liar = { ...below, get: async (key: string) => (key.startsWith('core/') ? below.get(key) : stolen) }
    const deceived = new Barrier(liar, { clock: standingClock() })
    await deceived.open(rootKey.slice())
    const misnamed = (await deceived.get('hers'))!
    expect(() => misnamed.value).toThrow('"hers" is not what was written there')
  })

  it('does not open a record that was given another existing term', async () => {
    const { below, node } = await founded()
    const barrier = await node()
    await barrier.commit([{ put: 'k', value: bytes('secret') }])
    await barrier.rotate()
    const record = (await below.get('k'))!.value

    await below.commit([{ put: 'k', value: record.with(3, 2) }])

    const entry = (await barrier.get('k'))!
    expect(() => entry.value).toThrow('"k" is not what was written there')
  })

  it('decrypts at the first look only: comparing revisions costs nothing and cannot fail', async () => {
    const { below, node } = await founded()
    const barrier = await node()
    await barrier.commit([{ put: 'k', value: bytes('secret') }])

    const entry = (await barrier.get('k'))!
    expect(entry.value).toBe(entry.value)

    const record = (await below.get('k'))!.value
    await below.commit([{ put: 'k', value: record.with(20, record[20]! ^ 1) }])
    expect((await barrier.get('k'))!.revision).toBeGreaterThan(entry.revision)
  })

  it('keeps its own keys out of reach, and out of lists', async () => {
    const { node } = await founded()
    const barrier = await node()
    const refused = BarrierError.reserved.is

    for (const key of Object.values(reserved)) {
      await expect(barrier.get(key)).rejects.toSatisfy(refused)
      await expect(barrier.commit([{ put: key, value: bytes('') }])).rejects.toSatisfy(refused)
      await expect(barrier.commit([{ remove: key }])).rejects.toSatisfy(refused)
      await expect(barrier.commit([], [{ key, revision: 0n }])).rejects.toSatisfy(refused)
    }
    expect(await barrier.list('')).toEqual([])

    await barrier.commit(['core/mounts', 'core/auth', 'core/zone', 'a'].map((put) => ({ put, value: bytes('') })))
    expect(await barrier.list('')).toEqual(['a', 'core/'])
    expect(await barrier.list('core/')).toEqual(['auth', 'mounts', 'zone'])
    expect(await barrier.list('core/', { limit: 2 })).toEqual(['auth', 'mounts'])
    expect(await barrier.list('core/', { after: 'auth', limit: 2 })).toEqual(['mounts', 'zone'])
    expect(await barrier.list('core/key')).toEqual([])
  })
})

describe('a sealed barrier', () => {
  it('refuses everything', async () => {
    const barrier = await (await founded()).node()
    barrier.close()
    barrier.close()

    expect(barrier.sealed).toBe(true)
    const attempts = [
      () => barrier.get('k'),
      () => barrier.list(''),
      () => barrier.commit([{ put: 'k', value: bytes('') }]),
      () => barrier.commit([]),
      () => barrier.refresh(),
      () => barrier.rotate(),
      () => barrier.rotateIfDue(),
      () => barrier.keyStatus(),
      () => barrier.rotationPolicy(),
      () => barrier.setRotationPolicy({ enabled: true, maxOperations: 1_000_000, interval: 0 }),
    ]
    for (const attempt of attempts) await expect(attempt()).rejects.toSatisfy(BarrierError.sealed.is)
  })

  it('opens nothing that was fetched before, not even what had been looked at', async () => {
    const barrier = await (await founded()).node()
    await barrier.commit([{ put: 'k', value: bytes('secret') }])
    const [seen, unseen] = [(await barrier.get('k'))!, (await barrier.get('k'))!]
    expect(seen.value).toEqual(bytes('secret'))

    barrier.close()

    expect(() => seen.value).toThrow('Vault is sealed')
    expect(() => unseen.value).toThrow('Vault is sealed')
  })

  it('keeps old entries shut after it opens again', async () => {
    const { rootKey, node } = await founded()
    const barrier = await node()
    await barrier.commit([{ put: 'k', value: bytes('secret') }])
    const entry = (await barrier.get('k'))!

    barrier.close()
    await barrier.open(rootKey.slice())

    expect(() => entry.value).toThrow('Vault is sealed')
    expect((await barrier.get('k'))?.value).toEqual(bytes('secret'))
  })

  it('fails the reads in flight, and tells a commit in flight the truth', async () => {
    const { below, rootKey } = await founded()
    let pass = () => {}
    let hold = Promise.resolve()
    const { storage, asked } = watched(below, () => hold)
    const barrier = new Barrier(storage, { clock: standingClock() })
    await barrier.open(rootKey.slice())
    await barrier.commit([{ put: 'k', value: bytes('1') }])
    hold = new Promise((resolve) => (pass = resolve))

    const reads = [barrier.get('k'), barrier.get('absent'), barrier.list('')]
    const write = barrier.commit([{ put: 'k', value: bytes('2') }])
    expect(asked.at(-1)).toBe('commit k')
    barrier.close()
    pass()

    for (const read of reads) await expect(read).rejects.toSatisfy(BarrierError.sealed.is)
    expect(await write).toBe(true)
  })

  it('fails a commit that was still waiting for its reservation', async () => {
    const { below, rootKey } = await founded()
    let pass = () => {}
    const hold = new Promise<void>((resolve) => (pass = resolve))
    const { storage } = watched(below, (_, key) => (key === reserved.counts ? hold : Promise.resolve()))
    const barrier = new Barrier(storage, { clock: standingClock() })
    await barrier.open(rootKey.slice())

    const write = barrier.commit([{ put: 'k', value: bytes('1') }])
    barrier.close()
    pass()

    await expect(write).rejects.toSatisfy(BarrierError.sealed.is)
    expect(await below.get('k')).toBeUndefined()
  })

  it('has overwritten the root key, as has an opening that failed', async () => {
    const { below, rootKey } = await founded()
    const barrier = new Barrier(below, { clock: standingClock() })
    const [right, wrong, early] = [rootKey.slice(), randomBytes(32), randomBytes(32)]

    await barrier.open(right)
    barrier.close()
    await expect(barrier.open(wrong)).rejects.toSatisfy(BarrierError.tampered.is)
    const empty = new Barrier(memoryStorage(), { clock: standingClock() })
    await expect(empty.open(early)).rejects.toSatisfy(BarrierError.notInitialized.is)

    expect([...right, ...wrong, ...early]).toEqual(Array(96).fill(0))
    expect(barrier.sealed).toBe(true)
  })
})
