import { auditFile } from '@chatelaine/builtin'
import { openCore } from '@chatelaine/core/testing'
import { engines, methods } from '@chatelaine/server'
import { describe, expect, it } from 'vitest'

/** The status of a request by a token that may do everything, but for these parameters at this one path. */
async function tried(rule: string, path: string, input: Record<string, unknown>): Promise<number> {
  const { ask, token } = await openCore({ engines, methods, auditTypes: [auditFile({ log: () => undefined })] })
  await ask('write', 'sys/auth/telegram', { type: 'telegram' })
  const policy = `path "*" { capabilities = ["create", "read", "update", "list", "sudo"] }\npath "${path}" { capabilities = ["create", "read", "update", "sudo"] ${rule} }`
  await ask('write', 'sys/policies/acl/some', { policy })
  const mine = await token(['some'])
  return ask('write', path, input, { token: mine }).then(({ status }) => status, ({ status }: { status: number }) => status)
}

const denied = (rule: string, path: string, input: Record<string, unknown>) => tried(`denied_parameters = { ${rule} }`, path, input)

const text = 'path "a" { capabilities = ["read"] }'

describe('a denied parameter', () => {
  it.each([
    ['ttl=[]', 'auth/token/create', { lease: '10h' }], ['ttl=["10h"]', 'auth/token/create', { lease: '600m' }], ['lease=["10h"]', 'auth/token/create', { ttl: 36_000 }],
    ['token_period=["5m"]', 'auth/token/roles/r', { period: 300 }], ['period=[]', 'auth/token/roles/r', { token_period: 300 }],
    ['token_explicit_max_ttl=[]', 'auth/token/roles/r', { explicit_max_ttl: 300 }],
    ['policy=[]', 'sys/policies/acl/z', { rules: text }], ['rules=[]', 'sys/policy/z', { policy: text }],
    ['paths=["a"]', 'sys/capabilities-self', { path: 'a' }], ['path=["a"]', 'sys/capabilities-self', { paths: ['b', 'a'] }],
    ['options=[{file_path="/log"}]', 'sys/audit/a', { type: 'file', options: { path: '/log' } }],
  ])('%s holds by every name of the field: %s %j', async (rule, path, input) => {
    expect(await denied(rule, path, input)).toBe(403)
  })

  it.each(['admin', 'ADMIN', 'adm*', '*', '*min', 'a*n'])('of the policies of a role holds for a pattern that may fit them: %s', async (pattern) => {
    expect(await denied('allowed_policies=["admin"]', 'auth/token/roles/r', { allowed_policies_glob: [pattern] })).toBe(403)
  })

  it('of the policies of a role is no hindrance to patterns that cannot fit them', async () => {
    expect(await denied('allowed_policies=["admin"]', 'auth/token/roles/r', { allowed_policies_glob: ['team-*'] })).toBe(204)
  })

  it.each([
    ...['true', '1', 't', 'T', 'TRUE', 1, true].map((raw) => ['options=[{log_raw="true"}]', 'sys/audit/a', { type: 'file', options: { file_path: 'discard', log_raw: raw } }] as const),
    ['options=["log_raw=true"]', 'sys/audit/a', { type: 'file', options: 'file_path=discard,log_raw=1' }],
    ['options=[{mode="0644"}]', 'sys/audit/a', { type: 'file', options: { file_path: 'discard', mode: '644' } }],
    ['config=[{audit_non_hmac_request_keys=["pin"]}]', 'sys/mounts/m', { type: 'kv', config: { audit_non_hmac_request_keys: ['pin', 'x'] } }],
    ['config=[{audit_non_hmac_request_keys="pin"}]', 'sys/mounts/m', { type: 'kv', config: { audit_non_hmac_request_keys: 'x,pin' } }],
    ['config=[{max_lease_ttl="system"}]', 'sys/mounts/m', { type: 'kv', config: { max_lease_ttl: -1, default_lease_ttl: 0 } }],
    ['config=[{force_no_cache=true}]', 'sys/mounts/m', { type: 'kv', config: { force_no_cache: '1', max_lease_ttl: '1h' } }],
    ['input=[{a=["pin"]}]', 'sys/wrapping/wrap', { input: { a: ['x', 'pin'], b: 1 } }],
  ] as const)('%s holds field by field, as the fields are declared: %s %j', async (rule, path, input) => {
    expect(await denied(rule, path, input)).toBe(403)
  })

  it.each([
    ['display_name=["a b"]', 'auth/token/create', { display_name: '_a_b' }],
    ['policy=["*sudo*"]', 'sys/policies/acl/z', { policy: Buffer.from('path "a" { capabilities = ["sudo"] }').toString('base64') }],
    ['user_ids=["7"]', 'auth/telegram/role/r', { user_ids: ['007'] }], ['user_ids=["7"]', 'auth/telegram/role/r', { user_ids: ['8', ' 7'] }], ['user_ids=["007"]', 'auth/telegram/role/r', { user_ids: [7] }],
    ['max_lease_ttl=["system"]', 'sys/mounts/m/tune', { max_lease_ttl: -1 }], ['max_lease_ttl=[-1]', 'sys/mounts/m/tune', { max_lease_ttl: 'system' }],
    ...['kv-v2', 'kv-v1', 'generic', 'kv'].map((type) => ['type=["kv"]', 'sys/mounts/m', { type }] as const),
    ['type=["kv"]', 'sys/mounts/m', { type: 'plugin', plugin_name: 'kv' }], ['type=["kv"]', 'sys/mounts/m', { type: 'plugin', config: { plugin_name: 'kv-v2' } }],
    ['type=["kv-v2"]', 'sys/mounts/m', { type: 'kv', options: { version: '2' } }], ['type=["generic"]', 'sys/mounts/m', { type: 'kv' }],
    ['options=[{version="2"}]', 'sys/mounts/m', { type: 'kv-v2' }], ['options=[{version="1"}]', 'sys/mounts/m', { type: 'kv' }],
  ] as const)('%s holds for what is acted on: %s %j', async (rule, path, input) => {
    expect(await denied(rule, path, input)).toBe(403)
  })

  it.each([
    ['ttl=["10h"]', 'auth/token/create', { lease: '1h' }, 200], ['options=[{log_raw="true"}]', 'sys/audit/a', { type: 'file', options: { file_path: 'discard', log_raw: 'F' } }, 204],
    ['options=[]', 'sys/mounts/m', { type: 'kv' }, 204], ['options=[{version="2"}]', 'sys/mounts/m', { type: 'kv-v1' }, 204], ['type=["kv-v2"]', 'sys/mounts/m', { type: 'kv' }, 204],
    ['user_ids=["7"]', 'auth/telegram/role/r', { user_ids: ['70'] }, 204],
  ] as const)('%s is no hindrance to other values: %s %j', async (rule, path, input, status) => {
    expect(await denied(rule, path, input)).toBe(status)
  })
})

describe('allowed and required parameters', () => {
  it('go by every name of the field', async () => {
    expect(await tried('allowed_parameters = { ttl = ["1h"] }', 'auth/token/create', { lease: '1h' })).toBe(200)
    expect(await tried('allowed_parameters = { ttl = ["1h"] }', 'auth/token/create', { lease: '2h' })).toBe(403)
    expect(await tried('required_parameters = ["ttl"]', 'auth/token/create', { lease: '2h' })).toBe(200)
    expect(await tried('allowed_parameters = { allowed_policies = ["team-*"] }', 'auth/token/roles/r', { allowed_policies_glob: ['*'] })).toBe(403)
  })
})
