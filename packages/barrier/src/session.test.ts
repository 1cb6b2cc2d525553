import { randomBytes } from '@chatelaine/crypto'
import { describe, expect, it } from 'vitest'
import { withNewTerm } from './keyring.js'
import { openKeyring } from './keyring-record.js'
import { reserved } from './reserved.js'
import { Session } from './session.js'
import { founded } from './testing/world.js'

async function opened() {
  const { below, rootKey, node } = await founded()
  const entry = (await below.get(reserved.keyring))!
  return { below, node, rootKey, entry, session: new Session(rootKey.slice(), entry, randomBytes) }
}

const keysOf = (session: Session) => [...session.keyring.terms.values()].map((term) => term.key)
const allZero = (arrays: readonly Uint8Array[]) => arrays.every((array) => array.every((byte) => byte === 0))

describe('session', () => {
  it('overwrites every key when it closes', async () => {
    const { below, entry, rootKey, node } = await opened()
    await (await node()).rotate()
    const mine = rootKey.slice()
    const session = new Session(mine, (await below.get(entry.key))!, randomBytes)
    const keys = keysOf(session)
    expect(keys).toHaveLength(2)
    expect(allZero(keys)).toBe(false)

    session.close()

    expect(allZero([...keys, mine])).toBe(true)
    expect(() => session.keyring).toThrow('Vault is sealed')
  })

  it('overwrites the copies it replaces when it adopts a newer keyring', async () => {
    const { below, node, session } = await opened()
    const [before] = keysOf(session)
    const same = before!.slice()
    await (await node()).rotate()

    expect(session.adopt(await below.get(reserved.keyring))).toBe(true)

    expect(allZero([before!])).toBe(true)
    expect(keysOf(session)[0]).toEqual(same)
    expect(session.adopt(await below.get(reserved.keyring))).toBe(false)
  })

  it('gives up what it had reserved when the term changes', async () => {
    const { below, node, session } = await opened()
    session.grant(10)
    expect(session.take(4)).toBe(true)
    await (await node()).rotate()

    session.adopt(await below.get(reserved.keyring))

    expect(session.left).toBe(0)
    expect(session.take(1)).toBe(false)
    expect(session.take(0)).toBe(true)
  })

  it('refuses a keyring that is gone, damaged, or lost a term, and stays with its own', async () => {
    const { below, entry, node, session } = await opened()
    await (await node()).rotate()
    const newer = (await below.get(reserved.keyring))!
    session.adopt(newer)
    const later = newer.revision + 1n
    const message = '"core/keyring" is not what was written there'

    expect(() => session.adopt(undefined)).toThrow(message)
    expect(() => session.adopt({ ...entry, revision: later })).toThrow(message)
    for (let i = 0; i < newer.value.length; i++) {
      const value = newer.value.with(i, newer.value[i]! ^ 1)
      expect(() => session.adopt({ ...newer, value, revision: later })).toThrow(message)
    }
    expect(session.keyring.active.number).toBe(2)
  })

  it('will not store a keyring that lost a key', async () => {
    const { session, rootKey } = await opened()
    const { keyring } = session
    const next = withNewTerm(keyring, 5, { now: new Date(0), random: randomBytes })

    const sealed = openKeyring(session.sealKeyring(next), rootKey)
    expect([...sealed.terms.keys()]).toEqual([1, 2])
    expect(sealed.terms.get(1)?.encryptions).toBe(5)
    expect(() => session.sealKeyring({ ...next, terms: new Map([[2, next.active]]) })).toThrow('never loses a key')
  })
})
