import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import nodeVault from 'node-vault'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { movableClock, type MovableClock } from '../support/clock.js'
import { schemes, startFresh, startVault, type TestServer, type TestVault } from '../support/server.js'

type Client = ReturnType<typeof nodeVault>

/** node-vault, trusting the test's authority where there is one. `more` is node-vault's own configuration. */
const connect = ({ address, caFile }: TestServer, token?: string, more: Record<string, unknown> = {}): Client =>
  nodeVault({ endpoint: address, ...(token !== undefined && { token }), ...(caFile && { requestOptions: { ca: readFileSync(caFile) } }), ...more })

/** What node-vault makes of a refusal: the first error's sentence, the status, the body. */
const refused = (statusCode: number, sentence?: string | RegExp) => {
  const message = sentence === undefined ? {} : { message: typeof sentence === 'string' ? sentence : expect.stringMatching(sentence) }
  return expect.objectContaining({ ...message, response: expect.objectContaining({ statusCode }) })
}

describe.each(schemes)('node-vault over %s', (scheme) => {
  let vault: TestVault
  let root: Client
  let mounts = 0

  beforeAll(async () => {
    vault = await startVault(scheme)
  })
  afterAll(() => vault.close())

  // node-vault goes on with a token it has created or renewed: no client outlives its test, and creating has its own.
  beforeEach(() => {
    root = connect(vault, vault.rootToken)
  })
  const create = async (more: Record<string, unknown>) => (await connect(vault, vault.rootToken).tokenCreate(more)).auth

  const mount = async (version: string): Promise<string> => {
    const at = `kv-${(mounts += 1)}`
    await root.mount({ mount_point: at, type: 'kv', options: { version } })
    return at
  }
  const holder = async (policies: string[], more: Record<string, unknown> = {}): Promise<Client> => {
    return connect(vault, (await create({ policies, ...more })).client_token)
  }

  describe('tokens', () => {
    it('logs in with a token and looks itself up', async () => {
      const { data } = await root.tokenLookupSelf()
      expect(data).toMatchObject({ id: vault.rootToken, policies: ['root'], ttl: 0, expire_time: null, orphan: true })
    })

    it('creates a token, and goes on with it', async () => {
      const client = connect(vault, vault.rootToken)
      const { auth } = await client.tokenCreate({ policies: ['default'], ttl: '1h', meta: { team: 'blue' }, display_name: 'bot' })
      expect(auth).toMatchObject({ policies: ['default'], lease_duration: 3600, renewable: true, metadata: { team: 'blue' } })
      expect((await client.tokenLookupSelf()).data).toMatchObject({ id: auth.client_token, display_name: 'token-bot' })
    })

    it('creates an orphan', async () => {
      const { auth } = await connect(vault, vault.rootToken).tokenCreateOrphan({ policies: ['default'] })
      const { data } = await root.tokenLookup({ token: auth.client_token })
      expect(data).toMatchObject({ orphan: true, path: 'auth/token/create-orphan' })
    })

    it('creates a token by a role, and lists, reads and removes the role', async () => {
      await root.addTokenRole({ role_name: 'builders', allowed_policies: 'build', renewable: false })
      const { auth } = await connect(vault, vault.rootToken).tokenCreateRole({ role_name: 'builders' })
      expect(auth).toMatchObject({ policies: ['build', 'default'], renewable: false })
      expect((await root.tokenRoles()).data.keys).toContain('builders')
      expect((await root.getTokenRole({ role_name: 'builders' })).data).toMatchObject({ name: 'builders', allowed_policies: ['build'] })
      await root.removeTokenRole({ role_name: 'builders' })
      await expect(root.getTokenRole({ role_name: 'builders' })).rejects.toEqual(refused(404, 'Status 404'))
    })

    it('looks up, renews and revokes by accessor', async () => {
      const { accessor } = await create({ policies: ['default'], ttl: '1h' })
      expect((await root.tokenAccessors()).data.keys).toContain(accessor)
      expect((await root.tokenLookupAccessor({ accessor })).data).toMatchObject({ id: '', accessor })
      await root.tokenRevokeAccessor({ accessor })
      await expect(root.tokenLookupAccessor({ accessor })).rejects.toEqual(refused(400, 'invalid accessor'))
    })

    it('renews another token and itself', async () => {
      const child = await holder(['default'], { ttl: '1h' })
      expect((await connect(vault, vault.rootToken).tokenRenew({ token: child.token, increment: '2h' })).auth.lease_duration).toBe(7200)
      expect((await child.tokenRenewSelf({ increment: '3h' })).auth.lease_duration).toBe(10_800)
    })

    it('revokes a token with its children, and itself', async () => {
      const parent = await holder(['root'])
      const parentToken = parent.token
      const { auth } = await parent.tokenCreate({ policies: ['default'] })
      await root.tokenRevoke({ token: parentToken })
      await expect(connect(vault, auth.client_token).tokenLookupSelf()).rejects.toEqual(refused(403, 'permission denied'))
      const alone = await holder(['default'])
      await alone.tokenRevokeSelf()
      await expect(alone.tokenLookupSelf()).rejects.toEqual(refused(403, 'permission denied'))
    })

    it('revokes a token and leaves its children orphans', async () => {
      const parent = await holder(['root'])
      const parentToken = parent.token
      const { auth } = await parent.tokenCreate({ policies: ['default'] })
      await root.tokenRevokeOrphan({ token: parentToken })
      expect((await connect(vault, auth.client_token).tokenLookupSelf()).data.orphan).toBe(true)
    })

    it('is told that a token nobody has is bad', async () => {
      await expect(root.tokenLookup({ token: 'nobody' })).rejects.toEqual(refused(403, 'bad token'))
    })
  })

  describe('kv 1', () => {
    it('writes, reads, lists and deletes', async () => {
      const at = await mount('1')
      await root.write(`${at}/a`, { x: 1, deep: { y: [true, null] } })
      expect(await root.read(`${at}/a`)).toMatchObject({ data: { x: 1, deep: { y: [true, null] } }, lease_duration: 2_764_800, renewable: false })
      expect((await root.list(at)).data).toEqual({ keys: ['a'] })
      await root.delete(`${at}/a`)
      await expect(root.read(`${at}/a`)).rejects.toEqual(refused(404, 'Status 404'))
    })

    it('lists by the verb LIST and, told to use common verbs only, by a query', async () => {
      const at = await mount('1')
      await root.write(`${at}/folder/a`, { x: 1 })
      const common = connect(vault, vault.rootToken, { noCustomHTTPVerbs: true })
      expect((await root.list(`${at}/folder`)).data).toEqual({ keys: ['a'] })
      expect((await common.list(`${at}/folder`)).data).toEqual({ keys: ['a'] })
    })

    it('refuses a secret without fields', async () => {
      const at = await mount('1')
      await expect(root.write(`${at}/a`, {})).rejects.toEqual(refused(400, 'missing data fields'))
    })
  })

  describe('kv 2', () => {
    it('keeps versions', async () => {
      const at = await mount('2')
      await root.write(`${at}/data/a`, { data: { x: 1 } })
      expect((await root.write(`${at}/data/a`, { data: { x: 2 } })).data).toMatchObject({ version: 2, destroyed: false })
      expect((await root.read(`${at}/data/a`)).data).toMatchObject({ data: { x: 2 }, metadata: { version: 2 } })
      expect((await root.read(`${at}/data/a?version=1`)).data.data).toEqual({ x: 1 })
      expect((await root.list(`${at}/metadata`)).data.keys).toEqual(['a'])
    })

    it('patches with a merge patch', async () => {
      const at = await mount('2')
      await root.write(`${at}/data/a`, { data: { x: 1, y: 1 } })
      await root.update(`${at}/data/a`, { data: { y: null, z: 2 } })
      expect((await root.read(`${at}/data/a`)).data.data).toEqual({ x: 1, z: 2 })
    })

    it('writes only over the version named', async () => {
      const at = await mount('2')
      await root.write(`${at}/data/a`, { data: { x: 1 }, options: { cas: 0 } })
      const late = root.write(`${at}/data/a`, { data: { x: 2 }, options: { cas: 0 } })
      await expect(late).rejects.toEqual(refused(400, /^check-and-set parameter did not match the current version/))
    })

    it('rejects the read of a deleted version with its whole body', async () => {
      const at = await mount('2')
      await root.write(`${at}/data/a`, { data: { x: 1 } })
      await root.delete(`${at}/data/a`)
      const gone: unknown = await root.read(`${at}/data/a`).catch((error: unknown) => error)
      expect(gone).toEqual(refused(404, 'Status 404'))
      expect(gone).toHaveProperty('response.body.data.data', null)
      await root.write(`${at}/undelete/a`, { versions: [1] })
      expect((await root.read(`${at}/data/a`)).data.data).toEqual({ x: 1 })
    })

    it('destroys versions', async () => {
      const at = await mount('2')
      await root.write(`${at}/data/a`, { data: { x: 1 } })
      await root.destroySecretVersions({ mount_point: at, path: 'a', versions: [1] })
      expect((await root.read(`${at}/metadata/a`)).data.versions['1'].destroyed).toBe(true)
    })
  })

  describe('the system', () => {
    it('reads health, seal status, leader and initialization without a token', async () => {
      const nobody = connect(vault, '')
      expect(await nobody.health()).toMatchObject({ initialized: true, sealed: false, standby: false })
      expect(await nobody.status()).toMatchObject({ type: 'shamir', sealed: false, t: 1, n: 1, progress: 0 })
      expect(await nobody.leader()).toMatchObject({ is_self: true, leader_address: vault.address })
      expect(await nobody.initialized()).toEqual({ initialized: true })
    })

    it('compares the sentence for a second initialization', async () => {
      const again = root.init({ secret_shares: 1, secret_threshold: 1 })
      await expect(again).rejects.toEqual(refused(400, 'Vault is already initialized'))
    })

    it('mounts, moves and unmounts', async () => {
      await root.mount({ mount_point: 'first', type: 'kv', description: 'to be moved' })
      expect((await root.mounts()).data['first/']).toMatchObject({ type: 'kv', description: 'to be moved' })
      await root.write('first/a', { x: 1 })
      await root.remount({ from: 'first', to: 'second' })
      expect((await root.read('second/a')).data).toEqual({ x: 1 })
      await root.unmount({ mount_point: 'second' })
      expect(await root.mounts()).not.toHaveProperty(['second/'])
    })

    it('enables and disables an auth method', async () => {
      await root.enableAuth({ mount_point: 'people', type: 'telegram' })
      expect((await root.auths())['people/']).toMatchObject({ type: 'telegram' })
      await root.disableAuth({ mount_point: 'people' })
      expect((await root.auths()).data).not.toHaveProperty(['people/'])
    })

    it('writes, lists, reads and removes policies', async () => {
      const rules = 'path "secret/data/*" { capabilities = ["read"] }'
      await root.addPolicy({ name: 'readers', rules })
      expect((await root.policies()).policies).toContain('readers')
      expect((await root.getPolicy({ name: 'readers' })).rules).toBe(rules)
      await root.removePolicy({ name: 'readers' })
      await expect(root.getPolicy({ name: 'readers' })).rejects.toEqual(refused(404))
    })

    it('enables an audit device that writes, and disables it', async () => {
      const file = join(vault.folder, 'audit.log')
      await root.enableAudit({ name: 'log', type: 'file', options: { path: file } })
      expect((await root.audits())['log/']).toMatchObject({ type: 'file', options: { path: file } })
      await root.tokenLookupSelf()
      await root.disableAudit({ name: 'log' })
      expect(readFileSync(file, 'utf8')).toContain('auth/token/lookup-self')
    })

    it('rotates the key and steps down', async () => {
      const before = (await root.read('sys/key-status')).data.term
      await root.rotate()
      expect((await root.read('sys/key-status')).data.term).toBe(before + 1)
      await root.stepDown()
    })

    it('asks a path for help', async () => {
      expect((await root.help('auth/token/create')).help).toContain('auth/token/create')
      expect((await root.help('secret/data/a')).help).toContain('A secret and its past values.')
    })

    it('unwraps once', async () => {
      const { wrap_info } = await root.request({ path: '/sys/wrapping/wrap', method: 'POST', json: { x: '1' }, headers: { 'X-Vault-Wrap-TTL': '60' } })
      expect((await connect(vault, vault.rootToken).unwrap({ token: wrap_info.token })).data).toEqual({ x: '1' })
      await expect(root.unwrap({ token: wrap_info.token })).rejects.toEqual(refused(400, 'wrapping token is not valid or does not exist'))
    })

    it('tells a missing mount, a missing permission and a missing verb apart', async () => {
      await expect(root.read('nothing/a')).rejects.toEqual(refused(404, 'no handler for route "nothing/a". route entry not found.'))
      await expect((await holder(['default'])).read('nothing/a')).rejects.toEqual(refused(403, /permission denied/))
      await expect(root.delete('auth/token/create')).rejects.toEqual(refused(405, /unsupported operation/))
    })
  })

  describe('time', () => {
    let clock: MovableClock
    let timed: TestVault
    let client: Client
    beforeEach(async () => {
      clock = movableClock()
      timed = await startVault(scheme, { clock })
      client = connect(timed, timed.rootToken)
    })
    afterEach(() => timed.close())

    const made = async (more: Record<string, unknown>) => {
      const { auth } = await connect(timed, timed.rootToken).tokenCreate({ policies: ['default'], ...more })
      return connect(timed, auth.client_token)
    }

    it('ends a token and its children, and not before', async () => {
      const parent = await made({ policies: ['root'], ttl: '1h' })
      const { auth } = await connect(timed, parent.token).tokenCreate({ policies: ['default'], ttl: '10h' })
      const child = connect(timed, auth.client_token)
      clock.forward(3590)
      expect((await parent.tokenLookupSelf()).data.ttl).toBeLessThanOrEqual(10)
      clock.forward(20)
      await expect(parent.tokenLookupSelf()).rejects.toEqual(refused(403, 'permission denied'))
      await expect.poll(() => child.tokenLookupSelf().catch(({ message }: Error) => message)).toBe('permission denied')
    })

    it('lets a renewed token live past its first end, and no longer than its explicit maximum', async () => {
      const token = await made({ ttl: '1h', explicit_max_ttl: '2h' })
      clock.forward(3000)
      expect((await token.tokenRenewSelf({ increment: '1h' })).auth.lease_duration).toBe(3600)
      clock.forward(3000)
      expect((await token.tokenRenewSelf({ increment: '1h' })).auth.lease_duration).toBeLessThanOrEqual(1200)
      clock.forward(1300)
      await expect(token.tokenLookupSelf()).rejects.toEqual(refused(403, 'permission denied'))
    })

    it("lets a periodic token live past the system's maximum, as long as it is renewed", async () => {
      // tokenCreate does not send period.
      const { auth } = await client.write('auth/token/create', { policies: ['default'], period: '24h' })
      const token = connect(timed, auth.client_token)
      for (let day = 0; day < 40; day += 1) {
        clock.forward(86_000)
        expect((await token.tokenRenewSelf()).auth.lease_duration).toBe(86_400)
      }
      clock.forward(86_500)
      await expect(token.tokenLookupSelf()).rejects.toEqual(refused(403, 'permission denied'))
    })

    it('ends a wrapping token', async () => {
      const headers = { 'X-Vault-Wrap-TTL': '60s' }
      const { wrap_info } = await client.request({ path: '/sys/wrapping/wrap', method: 'POST', json: { x: '1' }, headers })
      clock.forward(61)
      await expect(client.unwrap({ token: wrap_info.token })).rejects.toEqual(refused(400, 'wrapping token is not valid or does not exist'))
    })

    it('deletes a version when its time has come, and can bring it back', async () => {
      await client.write('secret/metadata/a', { delete_version_after: '1h' })
      await client.write('secret/data/a', { data: { x: 1 } })
      clock.forward(3599)
      expect((await client.read('secret/data/a')).data.data).toEqual({ x: 1 })
      clock.forward(2)
      await expect(client.read('secret/data/a')).rejects.toEqual(refused(404))
      await client.write('secret/undelete/a', { versions: [1] })
      expect((await client.read('secret/data/a')).data.data).toEqual({ x: 1 })
    })
  })

  describe('a server nobody has initialized', () => {
    let server: TestServer
    beforeEach(async () => {
      server = await startFresh(scheme)
    })
    afterEach(() => server.close())

    it('is initialized, unsealed by three of five shares, sealed and unsealed again', async () => {
      const client = connect(server, '')
      expect(await client.initialized()).toEqual({ initialized: false })
      const { keys, root_token } = await client.init({ secret_shares: 5, secret_threshold: 3 })
      client.token = root_token

      expect(await client.unseal({ key: keys[0] })).toMatchObject({ sealed: true, progress: 1, t: 3, n: 5 })
      expect(await client.unseal({ key: keys[0] })).toMatchObject({ progress: 1 })
      await client.unseal({ key: keys[3] })
      expect(await client.unseal({ key: keys[4] })).toMatchObject({ sealed: false, progress: 0 })

      await client.mount({ mount_point: 'kv', type: 'kv' })
      await client.write('kv/a', { x: 1 })
      await client.seal()
      await expect(client.read('kv/a')).rejects.toEqual(refused(503, 'Vault is sealed'))
      expect(await client.health()).toMatchObject({ sealed: true })
      for (const key of [keys[1], keys[2], keys[4]]) await client.unseal({ key })
      expect((await client.read('kv/a')).data).toEqual({ x: 1 })
    })

    it('begins anew after shares that do not fit, and when told to', async () => {
      const client = connect(server, '')
      const { keys } = await client.init({ secret_shares: 3, secret_threshold: 2 })
      await client.unseal({ key: keys[0] })
      expect(await client.unseal({ reset: true })).toMatchObject({ progress: 0 })
      await client.unseal({ key: keys[0] })
      await expect(client.unseal({ key: `${'ab'.repeat(32)}07` })).rejects.toEqual(refused(400))
      expect(await client.status()).toMatchObject({ sealed: true, progress: 0 })
    })
  })
})
