import { describe, expect, it } from 'vitest'
import { against } from '../testing/against.js'
import { envelope } from '../testing/server.js'

const v2 = { 'GET /v1/sys/internal/ui/mounts/sec/x': envelope({ path: 'sec/', options: { version: '2' } }) }
const v1 = { 'GET /v1/sys/internal/ui/mounts/kv1/b': envelope({ path: 'kv1/', options: { version: '1' } }) }
const metadata = { version: 3, created_time: 't' }
const auth = {
  client_token: 'hvs.t', accessor: 'acc', policies: ['default'], token_policies: ['default'], metadata: { a: 'b' }, lease_duration: 5400, renewable: true,
}
const wrap_info = { token: 'hvs.w', accessor: 'acc', ttl: 5400, creation_time: '2026-01-02T03:04:05.120000000Z', creation_path: 'x' }

describe('-field of a versioned secret', () => {
  const answers = {
    ...v2,
    'GET /v1/sec/data/x': envelope({ data: { a: 'b', n: 1 }, metadata }),
    'GET /v1/sec/data/x?version=2': envelope({ data: { a: 'old' }, metadata }),
  }

  it.each([
    ['kv get -field=data sec/x', 'map[a:b n:1]'],
    ['kv get -field=data -format=json sec/x', '{\n  "a": "b",\n  "n": 1\n}'],
    ['kv get -field=data -format=yaml sec/x', 'a: b\n"n": 1\n'],
    ['kv get -field=data -version=2 sec/x', 'map[a:old]'],
    ['kv get -field=a -format=yaml sec/x', 'b\n'],
    ['kv get -field=request_id sec/x', 'r'], ['kv get -field=lease_id sec/x', ''], ['kv get -field=lease_duration sec/x', '0'], ['kv get -field=renewable sec/x', 'false'],
  ])('%s is answered from the response', async (line, out) => {
    const { vault } = await against(answers)

    expect(await vault(line)).toEqual({ code: 0, out, err: '' })
  })

  it('prefers what the secret itself calls so', async () => {
    const { vault } = await against({ ...v2, 'GET /v1/sec/data/x': envelope({ data: { data: 'mine', lease_id: 'mine too' }, metadata }) })

    expect((await vault('kv get -field=data sec/x')).out).toBe('mine')
    expect((await vault('kv get -field=lease_id sec/x')).out).toBe('mine too')
  })

  it('says that there is no data where the version was deleted', async () => {
    const { vault } = await against({ ...v2, 'GET /v1/sec/data/x': { status: 404, ...envelope({ data: null, metadata }) } })

    expect(await vault('kv get -field=a sec/x')).toEqual({ code: 2, out: '', err: 'No data found at sec/data/x\n' })
  })
})

describe('-field of an answer', () => {
  const leased = envelope({ password: 'p', ttl: 60 }, { lease_id: 'db/1', lease_duration: 5400, renewable: true })

  it.each([
    ['read -field=refresh_interval kv1/b', '2764800'], ['kv get -field=refresh_interval kv1/b', '2764800'], ['kv get -field=lease_duration kv1/b', '2764800'],
    ['read -field=data kv1/b', 'map[x:1]'], ['read -field=request_id kv1/b', 'r'],
    ['read -field=lease_id db', 'db/1'], ['read -field=lease_duration db', '5400'], ['read -field=renewable db', 'true'], ['read -field=ttl db', '60'],
    ['token create -ttl=90m -field=token_duration', '5400'], ['token create -field=token', 'hvs.t'], ['token create -field=token_renewable', 'true'],
    ['token create -field=token_policies', '[default]'], ['token create -field=identity_policies', '[]'], ['token create -field=policies -format=json', '[\n  "default"\n]'],
    ['write -wrap-ttl=90m -field=wrapping_token_ttl w a=b', '5400'], ['write -wrap-ttl=90m -field=wrapping_token_creation_time w a=b', wrap_info.creation_time],
    ['write -wrap-ttl=90m -field=wrapping_token w a=b', 'hvs.w'],
  ])('%s is the raw value, and no table\'s', async (line, out) => {
    const { vault } = await against({
      ...v1, 'GET /v1/kv1/b': envelope({ x: 1 }, { lease_duration: 2_764_800 }), 'GET /v1/db': leased,
      'PUT /v1/auth/token/create': envelope(null, { auth }), 'PUT /v1/w': envelope(null, { wrap_info }),
    })

    expect(await vault(line)).toEqual({ code: 0, out, err: '' })
  })

  it.each([['policy list -field=x'], ['list -field=keys some'], ['secrets list -field=x']])('%s is not passed over in silence', async (line) => {
    const { vault } = await against({
      'GET /v1/sys/policies/acl?list=true': envelope({ keys: ['a'] }), 'GET /v1/some?list=true': envelope({ keys: ['a'] }), 'GET /v1/sys/mounts': envelope({}),
    })

    expect(await vault(line)).toMatchObject({ code: 1, out: '', err: expect.stringContaining('not present in secret') })
  })
})

describe('-format', () => {
  const answers = { 'GET /v1/x': envelope({ a: 'b' }) }

  it('raw is the body as it came, of read alone', async () => {
    const { vault } = await against(answers)

    expect((await vault('read -format=raw x')).out).toBe(`${JSON.stringify(envelope({ a: 'b' }))}\n`)
    expect(await vault('write -format=raw x a=b')).toMatchObject({ code: 1, out: '', err: 'This command does not support the -format=raw option.\n' })
  })

  it('pretty is known, and has no form for a secret, as in Vault', async () => {
    const { vault } = await against(answers)

    expect(await vault('read -format=pretty x')).toEqual({ code: 1, out: '', err: 'Could not parse output: cannot use the pretty formatter for this type\n' })
  })
})

describe('-output-policy', () => {
  it.each([
    ['read auth/token/lookup-self', 'auth/token/lookup-self', '"read"'], ['list sec/metadata/a', 'sec/metadata/a', '"list"'], ['write x a=b', 'x', '"create", "update"'],
    ['patch x a=b', 'x', '"patch"'], ['delete x', 'x', '"delete"'], ['operator seal', 'sys/seal', '"create", "update", "sudo"'], ['audit list', 'sys/audit', '"read", "sudo"'],
    ['policy read bot', 'sys/policies/acl/bot', '"read"'], ['audit enable file file_path=/a', 'sys/audit/file', '"create", "update", "sudo"'],
  ])('of %s says what it needs, and asks nothing', async (line, path, capabilities) => {
    const { vault, asked } = await against({})

    const [name = '', ...rest] = line.split(' ')
    expect(await vault([name, ...rest, '-output-policy'])).toEqual({ code: 0, out: `path "${path}" {\n  capabilities = [${capabilities}]\n}\n`, err: '' })
    expect(asked).toEqual([])
  })

  it('asks about the mount first, where the path depends on it', async () => {
    const { vault } = await against(v2)

    expect((await vault('kv get -output-policy sec/x')).out).toBe('path "sec/data/x" {\n  capabilities = ["read"]\n}\n')
    expect((await vault('kv put -output-policy sec/x a=b')).out).toBe('path "sec/data/x" {\n  capabilities = ["create", "update"]\n}\n')
  })
})

describe('wrapping', () => {
  it('of sys/wrapping/wrap lasts five minutes where nobody says how long, and of nothing else', async () => {
    const { vault, asked } = await against({ 'PUT /v1/sys/wrapping/wrap': envelope(null, { wrap_info }), 'PUT /v1/x': envelope({}) })

    await vault('write sys/wrapping/wrap a=b')
    await vault('write /sys/wrapping/wrap/ a=b')
    await vault('write -wrap-ttl=90 sys/wrapping/wrap a=b')
    await vault('write sys/wrapping/wrap a=b', { env: { VAULT_WRAP_TTL: '7m' } })
    await vault('write x a=b')
    await vault('write -wrap-ttl=0 x a=b', { env: { VAULT_WRAP_TTL: '7m' } })

    expect(asked.map(({ wrapTtl }) => wrapTtl)).toEqual(['5m', '5m', '1m30s', '7m', undefined, undefined])
  })
})
