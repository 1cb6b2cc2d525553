import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { against } from '../testing/against.js'
import { envelope } from '../testing/server.js'

const v2 = { 'GET /v1/sys/internal/ui/mounts/sec': envelope({ path: 'sec/', options: { version: '2' } }) }
const keysOf = (out: string) => Object.keys(JSON.parse(out) as object)

describe('what is recorded of the real command lines', () => {
  it('is the order of an answer in JSON, whatever the server\'s', async () => {
    const auth = {
      num_uses: 0, orphan: true, client_token: 't', accessor: 'a', token_policies: ['x'], policies: ['x'], metadata: null, lease_duration: 60, renewable: true,
      entity_id: '', token_type: 'service', mfa_requirement: null,
    }
    const { vault } = await against({ 'PUT /v1/auth/token/create': envelope(null, { auth, mount_type: 'token' }) })

    const { out } = await vault('token create -format=json')

    expect(keysOf(out)).toEqual(['request_id', 'lease_id', 'lease_duration', 'renewable', 'data', 'warnings', 'auth', 'mount_type'])
    const { auth: printed } = JSON.parse(out) as { auth: object }
    expect(Object.entries(printed)).toEqual(Object.entries({
      client_token: 't', accessor: 'a', policies: ['x'], token_policies: ['x'], identity_policies: null, metadata: null, orphan: true, entity_id: '',
      lease_duration: 60, renewable: true, mfa_requirement: null,
    }))
  })

  it('is the order of a wrapping, and its time in a table', async () => {
    const wrap_info = { ttl: 60, token: 't', accessor: 'a', creation_time: '2026-01-02T03:04:05.120000000Z', creation_path: 'x' }
    const { vault } = await against({ 'PUT /v1/x': envelope(null, { wrap_info }) })

    const { wrap_info: printed } = JSON.parse((await vault('write -wrap-ttl=1m -format=json x a=b')).out) as { wrap_info: object }
    expect(Object.keys(printed)).toEqual(['token', 'accessor', 'ttl', 'creation_time', 'creation_path', 'wrapped_accessor'])
    expect((await vault('write -wrap-ttl=1m x a=b')).out).toContain('wrapping_token_creation_time:    2026-01-02 03:04:05.12 +0000 UTC\n')
  })

  it('is [] for policies of none', async () => {
    const auth = { client_token: 't', accessor: 'a', policies: null, token_policies: [], lease_duration: 60, renewable: true }
    const { vault } = await against({ 'PUT /v1/auth/token/create': envelope(null, { auth }) })

    expect((await vault('token create')).out).toMatch(/\ntoken_policies {7}\[\]\nidentity_policies {4}\[\]\npolicies {13}\[\]\n/)
  })

  const mount = { seal_wrap: false, type: 'kv', accessor: 'kv_1', uuid: 'u', description: 'd', options: { version: '2' }, local: false, config: { max_lease_ttl: 86400, default_lease_ttl: 0, listing_visibility: '' } }
  const system = { ...mount, type: 'system', accessor: 'system_1', options: null }

  it('is a list of engines and methods, in seconds', async () => {
    const { vault } = await against({ 'GET /v1/sys/mounts': envelope({ 'sec/': mount, 'sys/': system }), 'GET /v1/sys/auth': envelope({ 'token/': { ...mount, type: 'token' } }) })
    const lines = async (line: string) => (await vault(line)).out.split('\n').map((one) => one.split(/ {2,}/))

    expect(await lines('secrets list -detailed')).toEqual([
      ['Path', 'Plugin', 'Accessor', 'Default TTL', 'Max TTL', 'Force No Cache', 'Replication', 'Seal Wrap', 'External Entropy Access', 'Options', 'Description', 'UUID', 'Version', 'Running Version', 'Running SHA256', 'Deprecation Status'],
      expect.anything(),
      ['sec/', 'kv', 'kv_1', 'system', '86400', 'false', 'replicated', 'false', 'false', 'map[version:2]', 'd', 'u', 'n/a', 'n/a', 'n/a', 'n/a'],
      ['sys/', 'system', 'system_1', 'n/a', 'n/a', 'false', 'replicated', 'false', 'false', 'map[]', 'd', 'u', 'n/a', 'n/a', 'n/a', 'n/a'],
      [''],
    ])
    expect((await lines('auth list -detailed'))[0]).toContain('Token Type')
    expect((await lines('auth list'))[0]).toEqual(['Path', 'Type', 'Accessor', 'Description', 'Version'])
    const printed = JSON.parse((await vault('secrets list -format=json')).out) as Record<string, Record<string, object>>
    expect(Object.keys(printed['sec/'] ?? {})).toEqual([
      'uuid', 'type', 'description', 'accessor', 'config', 'options', 'local', 'seal_wrap', 'external_entropy_access', 'plugin_version', 'running_plugin_version', 'running_sha256', 'deprecation_status',
    ])
    expect(Object.keys(printed['sec/']?.['config'] ?? {})).toEqual(['default_lease_ttl', 'max_lease_ttl', 'force_no_cache'])
  })

  it('is a list of audit devices', async () => {
    const device = { path: 'file/', options: { file_path: '/a' }, type: 'file', local: false, description: '' }
    const { vault } = await against({ 'GET /v1/sys/audit': envelope({ 'file/': device }) })

    expect((await vault('audit list -detailed')).out.split('\n')[0]).toMatch(/^Path +Type +Description +Replication +Options$/)
    const printed = JSON.parse((await vault('audit list -format=json')).out) as Record<string, object>
    expect(Object.keys(printed['file/'] ?? {})).toEqual(['type', 'description', 'options', 'local', 'path'])
  })

  it('is a detailed list of names', async () => {
    const { vault } = await against({
      'GET /v1/some?list=true': envelope({ keys: ['b', 'a'], key_info: { a: { ttl: 90, serial: '1' }, b: { kind: 'x' }, gone: { other: 1 } } }),
    })

    expect((await vault('list some')).out).toBe('Keys\n----\na\nb\n')
    expect((await vault('list -detailed some')).out).toBe('Keys    kind    serial    ttl\n----    ----    ------    ---\na       n/a     1         1m30s\nb       x       n/a       n/a\n')
    expect((await vault('list some', { env: { VAULT_DETAILED: 'true' } })).out).toContain('serial')
    expect(JSON.parse((await vault('list -format=json some')).out)).toEqual(['b', 'a'])
    expect(JSON.parse((await vault('list -detailed -format=json some')).out)).toMatchObject({ data: { keys: ['b', 'a'] } })
  })

  it('is the order of a status, and of what a sealed server among several says', async () => {
    const seal = { sealed: true, type: 'shamir', initialized: true, n: 5, t: 3, progress: 0, nonce: '', version: 'v', build_date: 'd', migration: false, recovery_seal: false, storage_type: 'etcd' }
    const { vault } = await against({ 'GET /v1/sys/seal-status': seal, 'GET /v1/sys/leader': { status: 503, errors: ['Vault is sealed'] }, 'PUT /v1/sys/unseal': seal })

    expect(keysOf((await vault('status -format=json')).out)).toEqual([
      'type', 'initialized', 'sealed', 't', 'n', 'progress', 'nonce', 'version', 'build_date', 'migration', 'recovery_seal', 'storage_type', 'ha_enabled', 'active_time',
    ])
    expect((await vault('status')).out).toContain('HA Enabled         true\n')
    expect((await vault('operator unseal key')).out).toContain('HA Enabled         true\n')
  })
})

describe('where an answer goes, and the exit code', () => {
  it('of audit list of none is standard output', async () => {
    const { vault } = await against({ 'GET /v1/sys/audit': envelope({}) })

    expect(await vault('audit list')).toEqual({ code: 2, out: 'No audit devices are enabled.\n', err: '' })
    expect(await vault('audit list -format=json')).toEqual({ code: 0, out: '{}\n', err: '' })
  })

  it('of operator init -status is standard output, in every format', async () => {
    const [no, yes] = [await against({ 'GET /v1/sys/init': { initialized: false } }), await against({ 'GET /v1/sys/init': { initialized: true } })]

    expect(await no.vault('operator init -status')).toEqual({ code: 2, out: 'Vault is not initialized\n', err: '' })
    expect(await no.vault('operator init -status -format=json')).toEqual({ code: 2, out: '{\n  "Initialized": false\n}\n', err: '' })
    expect(await yes.vault('operator init -status')).toEqual({ code: 0, out: 'Vault is initialized\n', err: '' })
    expect(await yes.vault('operator init -status -format=json')).toEqual({ code: 0, out: '{\n  "Initialized": true\n}\n', err: '' })
  })

  it('of a policy without a text is standard error and 2', async () => {
    const { vault } = await against({ 'GET /v1/sys/policies/acl/root': envelope({ name: 'root', policy: '' }) })

    expect(await vault('policy read root')).toEqual({ code: 2, out: '', err: 'No policy named: root\n' })
  })

  const auth = { client_token: 'hvs.t', accessor: 'a', policies: ['p'], token_policies: ['p'], lease_duration: 60, renewable: true }

  it('of a login that prints nothing is nothing', async () => {
    const { vault } = await against({ 'GET /v1/auth/token/lookup-self': envelope({ policies: ['root'], ttl: 0 }) })
    const home = await mkdtemp(join(tmpdir(), 'no-print-'))
    onTestFinished(() => rm(home, { recursive: true }))

    expect(await vault('login -no-print t', { env: { VAULT_TOKEN: '', HOME: home } })).toEqual({ code: 0, out: '', err: '' })
    expect(await readFile(join(home, '.vault-token'), 'utf8')).toBe('t')
  })

  it('of a token that is not kept is standard output, and that it is not kept standard error', async () => {
    const { vault } = await against({ 'PUT /v1/auth/approle/login': envelope(null, { auth }) })

    const { code, out, err } = await vault('login -method=approle -no-store role_id=x', { env: { VAULT_TOKEN: '' } })

    expect([code, out.split('\n')[2]?.split(/ +/)]).toEqual([0, ['token', 'hvs.t']])
    expect(out).not.toMatch(/stored|Success/)
    expect(err).toContain('The token was not stored in token helper.')
  })
})

describe('the warnings of an answer without data', () => {
  const warned = { status: 404, ...envelope(null, { warnings: ['Invalid path for a versioned K/V secrets engine.'] }) }
  const shown = 'WARNING! The following warnings were returned from Vault:\n\n  * Invalid path for a versioned K/V secrets engine.\n\n'

  it('are shown, and are no failure of a read', async () => {
    const { vault } = await against({ ...v2, 'GET /v1/sec/data': warned, 'GET /v1/sec/x': warned })

    expect(await vault('kv get sec')).toEqual({ code: 0, out: '== Secret Path ==\nsec/data\n\n', err: shown })
    expect(await vault('read sec/x')).toEqual({ code: 0, out: '', err: shown })
    expect(await vault('kv get -format=json sec')).toMatchObject({ code: 0, out: expect.stringContaining('"Invalid path'), err: '' })
    expect(await vault('kv get -field=a sec')).toMatchObject({ code: 2, out: '' })
  })

  it('are shown of lists, metadata, refusals and writes too', async () => {
    const { vault } = await against({
      ...v2, 'GET /v1/sec/metadata?list=true': warned, 'GET /v1/sec/metadata': warned, 'PUT /v1/sec/data': envelope({ version: 1 }, { warnings: ['two'] }),
      'PUT /v1/x': { status: 400, errors: ['no'], warnings: ['beside'] },
    })

    expect(await vault('kv list sec')).toMatchObject({ code: 2, err: `${shown}No value found at sec/metadata\n` })
    expect(await vault('kv metadata get sec')).toMatchObject({ code: 2, err: `${shown}No value found at sec/metadata\n` })
    expect((await vault('kv put sec a=b')).err).toContain('* two')
    expect((await vault('write x a=b')).err).toContain('* beside')
  })
})
