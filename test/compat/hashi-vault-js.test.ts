import HashiVault from 'hashi-vault-js'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { schemes, startFresh, startVault, type TestServer, type TestVault } from '../support/server.js'

const connect = ({ address, caFile }: TestServer): any =>
  new HashiVault({ baseUrl: `${address}/v1`, https: caFile !== undefined, cacert: caFile, timeout: 10_000 })

/** What hashi-vault-js makes of a refusal: axios's error, marked as Vault's. */
const refused = (status: number) => expect.objectContaining({ isVaultError: true, response: expect.objectContaining({ status }) })

describe.each(schemes)('hashi-vault-js over %s', (scheme) => {
  let vault: TestVault
  let client: any
  let root: string

  beforeAll(async () => {
    vault = await startVault(scheme)
    client = connect(vault)
    root = vault.rootToken
  })
  afterAll(() => vault.close())

  describe('the system', () => {
    it('checks health, and with a status of its own', async () => {
      expect(await client.healthCheck()).toMatchObject({ initialized: true, sealed: false, standby: false })
      await expect(client.healthCheck({ activecode: 429 })).rejects.toEqual(refused(429))
    })

    it('reads the seal status', async () => {
      expect(await client.sealStatus()).toMatchObject({ type: 'shamir', sealed: false, n: 1, t: 1 })
    })

    it('asks for the capabilities of a token and of its own', async () => {
      expect(await client.sysCapabilities(root, root, ['secret/a'])).toMatchObject({ capabilities: ['root'] })
      const { client_token } = await client.createToken(root, { policies: ['default'] })
      expect(await client.sysCapabilitiesSelf(client_token, ['secret/a', 'auth/token/lookup-self'])).toEqual({
        'secret/a': ['deny'],
        'auth/token/lookup-self': ['read'],
      })
    })
  })

  describe('tokens', () => {
    it('creates and looks up', async () => {
      const made = await client.createToken(root, { policies: ['default'], ttl: '1h', display_name: 'bot', meta: { team: 'blue' } })
      expect(made).toMatchObject({ lease_duration: 3600, renewable: true, token_type: 'service' })
      expect(await client.lookupToken(root, made.client_token)).toMatchObject({ display_name: 'token-bot', meta: { team: 'blue' } })
      expect(await client.lookupSelfToken(made.client_token)).toMatchObject({ id: made.client_token })
    })

    it('renews by token, by itself and by accessor', async () => {
      const { client_token, accessor } = await client.createToken(root, { policies: ['default'], ttl: '1h' })
      expect(await client.renewToken(root, client_token, '2h')).toMatchObject({ lease_duration: 7200 })
      expect(await client.renewSelfToken(client_token, '3h')).toMatchObject({ lease_duration: 10_800 })
      expect(await client.renewAccessor(root, accessor, '4h')).toMatchObject({ lease_duration: 14_400, client_token: '' })
    })

    it('lists accessors, looks one up and revokes by it', async () => {
      const { client_token, accessor } = await client.createToken(root, { policies: ['default'] })
      expect((await client.listAccessors(root)).keys).toContain(accessor)
      expect(await client.lookupAccessor(root, accessor)).toMatchObject({ accessor, id: '' })
      await client.revokeAccessor(root, accessor)
      await expect(client.lookupSelfToken(client_token)).rejects.toEqual(refused(403))
    })

    it('revokes by token and by itself', async () => {
      const one = await client.createToken(root, { policies: ['default'] })
      await client.revokeToken(root, one.client_token)
      await expect(client.lookupSelfToken(one.client_token)).rejects.toEqual(refused(403))
      const other = await client.createToken(root, { policies: ['default'] })
      await client.revokeSelfToken(other.client_token)
      await expect(client.lookupSelfToken(other.client_token)).rejects.toEqual(refused(403))
    })
  })

  describe('kv 2', () => {
    it('reads and changes the settings of the mount', async () => {
      await client.updateKVEngineConfig(root, { max_versions: 7, cas_required: false, delete_version_after: '3h25m19s' })
      expect(await client.readKVEngineConfig(root)).toEqual({ max_versions: 7, cas_required: false, delete_version_after: '3h25m19s' })
      await client.updateKVEngineConfig(root, { max_versions: 0, delete_version_after: '0s' })
    })

    it('creates a secret once, and updates it by version', async () => {
      expect(await client.createKVSecret(root, 'once', { x: 1 })).toMatchObject({ version: 1 })
      await expect(client.createKVSecret(root, 'once', { x: 2 })).rejects.toEqual(refused(400))
      expect(await client.updateKVSecret(root, 'once', { x: 2 }, 1)).toMatchObject({ version: 2 })
      expect(await client.readKVSecret(root, 'once')).toMatchObject({ data: { x: 2 }, metadata: { version: 2 } })
      expect(await client.readKVSecret(root, 'once', 1)).toMatchObject({ data: { x: 1 } })
    })

    it('deletes, undeletes and destroys versions', async () => {
      await client.createKVSecret(root, 'gone', { x: 1 })
      await client.deleteLatestVerKVSecret(root, 'gone')
      await expect(client.readKVSecret(root, 'gone')).rejects.toEqual(refused(404))
      await client.undeleteVersionsKVSecret(root, 'gone', [1])
      expect(await client.readKVSecret(root, 'gone')).toMatchObject({ data: { x: 1 } })
      await client.deleteVersionsKVSecret(root, 'gone', [1])
      await client.destroyVersionsKVSecret(root, 'gone', [1])
      await client.undeleteVersionsKVSecret(root, 'gone', [1])
      await expect(client.readKVSecret(root, 'gone')).rejects.toEqual(refused(404))
    })

    it('keeps metadata, and eliminates a secret', async () => {
      await client.createKVSecret(root, 'kept', { x: 1 })
      await client.updateKVSecretMeta(root, 'kept', { max_versions: 3, custom_metadata: { owner: 'ada' } })
      expect(await client.readKVSecretMeta(root, 'kept')).toMatchObject({ current_version: 1, max_versions: 3, custom_metadata: { owner: 'ada' } })
      await client.eliminateKVSecret(root, 'kept')
      await expect(client.readKVSecretMeta(root, 'kept')).rejects.toEqual(refused(404))
    })

    it('lists secrets by the verb LIST', async () => {
      await client.createKVSecret(root, 'folder/a', { x: 1 })
      await client.createKVSecret(root, 'folder/b', { x: 1 })
      expect((await client.listKVSecrets(root)).keys).toContain('folder/')
      expect(await client.listKVSecrets(root, 'folder')).toEqual({ keys: ['a', 'b'] })
      await expect(client.listKVSecrets(root, 'nothing')).rejects.toEqual(refused(404))
    })
  })

  describe('a server of its own', () => {
    let own: TestVault | TestServer
    afterEach(() => own.close())

    it('is sealed and unsealed', async () => {
      const dev = await startVault(scheme)
      own = dev
      const client = connect(dev)
      await client.sysSeal(dev.rootToken)
      await expect(client.lookupSelfToken(dev.rootToken)).rejects.toEqual(refused(503))
      expect(await client.sysUnseal(dev.rootToken, dev.unsealKey, false, false)).toMatchObject({ sealed: false })
      expect(await client.lookupSelfToken(dev.rootToken)).toMatchObject({ policies: ['root'] })
    })

    it('says 501 until it is initialized', async () => {
      own = await startFresh(scheme)
      await expect(connect(own).healthCheck()).rejects.toEqual(refused(501))
    })
  })
})
