import { encodeRecord, memoryStorage } from '@chatelaine/sdk'
import { describe, expect, it } from 'vitest'
import { ManifestError } from './errors.js'
import { foundCluster } from './founding.js'
import { Manifest } from './manifest.js'
import { PolicyStore } from './policy-store.js'
import { openNodes } from './testing/open-nodes.js'
import { allow, furnishedCore, openCore, type House } from './testing/open-core.js'

const as = (token: string) => ({ token })
const lost = { code: ManifestError.notAsWritten.code, status: 500 }
const noticed = async ({ core }: Pick<House, 'core'>) => (await core.measures()).find(({ name }) => name === 'chatelaine_records_not_as_written_total')?.value

/** Somebody who may read every note but one, by a second policy that denies it. */
async function guarded() {
  const house = await furnishedCore()
  await allow(house.ask, 'reader', { 'notes/*': ['read'] })
  await allow(house.ask, 'guard', { 'notes/secret': ['deny'] })
  await house.ask('write', 'notes/secret', { a: 1 })
  const token = await house.token(['reader', 'guard'])
  const read = () => house.ask('read', 'notes/secret', {}, as(token))
  return { ...house, read }
}

describe('a policy that storage', () => {
  it('lost refuses whoever holds it, is named, counted, and good again once it is written anew', async () => {
    const house = await guarded()
    const { ask, read, storage } = house
    await expect(read()).rejects.toMatchObject({ status: 403 })

    await storage.commit([{ remove: 'sys/policy/guard' }])

    await expect(read()).rejects.toMatchObject({ ...lost, message: expect.stringContaining('"sys/policy/guard"') })
    expect(await noticed(house)).toBeGreaterThan(0)
    await allow(ask, 'guard', { 'notes/secret': ['deny'] })
    await expect(read()).rejects.toMatchObject({ status: 403 })
  })

  it('gave back in an older form refuses whoever holds it', async () => {
    const { ask, read, storage } = await guarded()
    await allow(ask, 'guard', { 'notes/other': ['deny'] })
    const before = (await storage.get('sys/policy/guard'))!.value
    await allow(ask, 'guard', { 'notes/secret': ['deny'] })
    await expect(read()).rejects.toMatchObject({ status: 403 })

    await storage.commit([{ put: 'sys/policy/guard', value: before }])

    await expect(read()).rejects.toMatchObject(lost)
  })

  it('lost while the vault was sealed is not made anew, not even the default one', async () => {
    const { ask, core, storage, token, unseal } = await openCore()
    const id = await token(['default'])
    await core.seal()
    await storage.commit([{ remove: 'sys/policy/default' }])
    await unseal()

    await expect(ask('read', 'auth/token/lookup-self', {}, as(id))).rejects.toMatchObject(lost)
    await allow(ask, 'default', { 'auth/token/lookup-self': ['read'] })
    expect((await ask('read', 'auth/token/lookup-self', {}, as(id))).status).toBe(200)
  })

  it('is told from one that was removed, or never written', async () => {
    const { ask, read, token } = await guarded()
    await ask('delete', 'sys/policies/acl/guard')

    expect((await read()).status).toBe(200)
    await expect(ask('read', 'notes/secret', {}, as(await token(['nobody'])))).rejects.toMatchObject({ status: 403 })
  })
})

describe('the audit table', () => {
  it.each(['removed', 'put back as it was before a device was enabled'])('%s refuses every request, also after an unsealing', async (how) => {
    const house = await furnishedCore()
    const { ask, storage, core, unseal } = house
    await ask('write', 'sys/audit/tape', { type: 'tape' })
    await ask('delete', 'sys/audit/tape')
    const before = (await storage.get('core/audit'))!.value
    await ask('write', 'sys/audit/tape', { type: 'tape' })

    await storage.commit([how === 'removed' ? { remove: 'core/audit' } : { put: 'core/audit', value: before }])

    await expect(ask('read', 'sys/mounts')).rejects.toMatchObject(lost)
    expect(await noticed(house)).toBeGreaterThan(0)
    await core.seal()
    await unseal()
    await expect(ask('read', 'sys/mounts')).rejects.toMatchObject(lost)
  })
})

describe('the mount table', () => {
  it('is missed by every request, and by an unsealing, which makes no new one', async () => {
    const { ask, storage, core, unseal } = await furnishedCore()
    await storage.commit([{ remove: 'core/mounts' }])

    await expect(ask('read', 'notes/a')).rejects.toMatchObject(lost)
    await core.seal()
    await expect(unseal()).rejects.toMatchObject(lost)
    expect(await storage.get('core/mounts')).toBeUndefined()
  })
})

describe('the manifest', () => {
  it.each(['core/manifest', 'core/cluster'])('that is gone (%s) keeps the vault sealed', async (key) => {
    const { storage, core, unseal } = await furnishedCore()
    await core.seal()
    await storage.commit([{ remove: key }])

    await expect(unseal()).rejects.toMatchObject({ status: 500, message: expect.stringContaining(key) })
  })

  it('is made of what is there in a vault of before there was one, once', async () => {
    const storage = memoryStorage()
    await storage.commit([{ put: 'core/cluster', value: encodeRecord({ id: 'house' }) }, { put: 'sys/policy/a/b', value: encodeRecord('path "x" {}') }])

    expect(await foundCluster(storage, new Manifest(storage))).toBe('house')

    const manifest = new Manifest(storage)
    expect([await foundCluster(storage, manifest), await manifest.names('sys/policy/a/b'), await manifest.names('sys/policy/c')]).toEqual(['house', true, false])
    await storage.commit([{ remove: 'sys/policy/a/b' }])
    await expect(new PolicyStore(storage, manifest).acl(['a/b'])).rejects.toMatchObject(lost)
  })

  it('is changed by many writers on two nodes at once, and each sees what the other wrote', async () => {
    const { a, b, close } = await openNodes()
    const write = (node: typeof a, name: string) => node.ask('write', `sys/policies/acl/${name}`, { policy: 'path "x" { capabilities = ["read"] }' })

    await Promise.all(Array.from({ length: 20 }, (_, i) => write(i % 2 ? a : b, `p${i}`)))

    for (const node of [a, b]) {
      for (let i = 0; i < 20; i++) expect((await node.ask('read', `sys/policies/acl/p${i}`)).status).toBe(200)
    }
    await close()
  })
})
