import { mkdtemp, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commands } from './commands/index.js'
import { against } from './testing/against.js'
import { run } from './testing/run.js'
import { envelope } from './testing/server.js'

const mounts = (path: string) => ({
  [`GET /v1/sys/internal/ui/mounts/${path}`]: envelope({ path: 'secret/', type: 'kv', options: { version: '2' } }),
})

const metadata = { created_time: '2026-01-02T03:04:05Z', custom_metadata: null, deletion_time: '', destroyed: false, version: 1 }

describe('kv get', () => {
  it('prints path, metadata and data as Vault does', async () => {
    const { vault } = await against({
      ...mounts('secret/telegram'),
      'GET /v1/secret/data/telegram': envelope({ data: { api_id: '123456', api_hash: 'abc' }, metadata }),
    })

    const { code, out } = await vault('kv get secret/telegram')

    expect(code).toBe(0)
    expect(out).toBe(`==== Secret Path ====
secret/data/telegram

======= Metadata =======
Key                Value
---                -----
created_time       2026-01-02T03:04:05Z
custom_metadata    <nil>
deletion_time      n/a
destroyed          false
version            1

====== Data ======
Key         Value
---         -----
api_hash    abc
api_id      123456
`)
  })

  it('prints one field without a newline into a pipe, and with one on a terminal', async () => {
    const answers = { ...mounts('secret'), 'GET /v1/secret/data/x?version=2': envelope({ data: { a: 'b' }, metadata }) }
    const { vault } = await against(answers)

    expect(await vault('kv get -mount=secret -version=2 -field=a x')).toEqual({ code: 0, out: 'b', err: '' })
    expect((await vault('kv get -mount=secret -version=2 -field=a x', { terminal: true })).out).toBe('b\n')
    expect(await vault('kv get -mount=secret -version=2 -field=none x')).toMatchObject({ code: 1, out: '', err: 'Field "none" not present in secret\n' })
  })

  it('ends with 2 where there is nothing', async () => {
    const { vault } = await against(mounts('secret/x'))

    expect(await vault('kv get secret/x')).toEqual({ code: 2, out: '', err: 'No value found at secret/data/x\n' })
  })
})

describe('kv put', () => {
  it('sends the secret and the version it may replace', async () => {
    const { vault, asked } = await against({ ...mounts('secret/x'), 'PUT /v1/secret/data/x': envelope(metadata) })

    const { code } = await vault('kv put -cas 0 secret/x a=b pass=-', { stdin: 'hidden' })

    expect(code).toBe(0)
    expect(asked.at(-1)?.body).toEqual({ data: { a: 'b', pass: 'hidden' }, options: { cas: 0 } })
  })

  it('asks about the mount, but only prints the write, when curl is wanted', async () => {
    const { vault, asked, address } = await against(mounts('secret/x'))

    const { out } = await vault('kv put -output-curl-string secret/x a=b')

    expect(out).toContain(`-d '{"data":{"a":"b"},"options":{}}' '${address}/v1/secret/data/x'`)
    expect(asked.map(({ method }) => method)).toEqual(['GET'])
  })

  it('merges by reading and writing where the token may not patch', async () => {
    const { vault, asked } = await against({
      ...mounts('secret/x'),
      'PATCH /v1/secret/data/x': { status: 403, errors: ['permission denied'] },
      'GET /v1/secret/data/x': envelope({ data: { a: '1', b: '2' }, metadata }),
      'PUT /v1/secret/data/x': envelope(metadata),
    })

    await vault('kv patch -remove-data=a secret/x b=3')

    expect(asked.at(-1)).toMatchObject({ method: 'PUT', body: { data: { b: '3' }, options: { cas: 1 } } })
  })
})

describe('a failure', () => {
  it('is told as Vault tells it', async () => {
    const { vault, address } = await against({ 'GET /v1/secret/x': { status: 403, errors: ['permission denied'] } })

    const { code, err } = await vault('read secret/x')

    expect(code).toBe(2)
    expect(err).toBe(`Error reading secret/x: Error making API request.\n\nURL: GET ${address}/v1/secret/x\nCode: 403. Errors:\n\n* permission denied\n`)
  })

  it('names the next step where nobody answers', async () => {
    const { vault, close, address } = await against({})
    await close()

    expect(await vault('read x', { env: { VAULT_MAX_RETRIES: '0' } })).toMatchObject({ code: 2, err: expect.stringContaining(`The address is ${address}; VAULT_ADDR`) })
    expect(await vault('status', { env: { VAULT_MAX_RETRIES: '0' } })).toMatchObject({ code: 1 })
  })

  it('names the next step where the server speaks no TLS', async () => {
    const { vault, address } = await against({})

    const { err } = await vault('read x', { env: { VAULT_ADDR: address.replace('http', 'https') } })

    expect(err).toContain(`set VAULT_ADDR=${address}`)
  })

  it('of typing is exit code 1 and leads to help', async () => {
    expect(await run(['kv', 'gte'])).toMatchObject({ code: 1, err: 'unknown command "kv gte"; did you mean "kv get"?\n\nFor help: vault -h\n' })
    expect(await run(['kv', 'get'])).toMatchObject({ code: 1, err: 'Not enough arguments (expected 1, got 0)\n\nFor help: vault kv get -h\n' })
    expect(await run(['read', '-nope', 'x'])).toMatchObject({ code: 1, err: expect.stringContaining('flag provided but not defined: -nope') })
    expect(await run(['write', 'x'])).toMatchObject({ code: 1, err: expect.stringContaining('Must supply data or use -force') })
  })
})

describe('status', () => {
  const seal = { type: 'shamir', initialized: true, sealed: true, t: 3, n: 5, progress: 1, nonce: '', version: '1.16.3', build_date: 'd', storage_type: 'inmem' }

  it('ends with 2 when sealed and shows how far unsealing is', async () => {
    const { vault } = await against({ 'GET /v1/sys/seal-status': seal, 'GET /v1/sys/leader': { status: 503, errors: ['Vault is sealed'] } })

    const { code, out } = await vault('status')

    expect(code).toBe(2)
    expect(out).toContain('Unseal Progress    1/3\nUnseal Nonce       n/a\n')
  })

  it('ends with 0 when unsealed', async () => {
    const { vault } = await against({ 'GET /v1/sys/seal-status': { ...seal, sealed: false }, 'GET /v1/sys/leader': { ha_enabled: false } })

    expect(await vault('status')).toMatchObject({ code: 0, out: expect.stringContaining('HA Enabled      false') })
  })
})

describe('login', () => {
  const lookup = { 'GET /v1/auth/token/lookup-self': envelope({ accessor: 'acc', policies: ['root'], ttl: 0, renewable: false }) }

  it('keeps the token where only its owner reads it, and the next command finds it', async () => {
    const home = await mkdtemp(join(tmpdir(), 'login-'))
    const { vault, asked } = await against(lookup)
    const env = { HOME: home, VAULT_TOKEN: '' }

    const { code, out } = await vault('login -', { env, stdin: 'hvs.typed\n' })

    expect(code).toBe(0)
    expect(out).toContain('token_policies       ["root"]')
    expect(await readFile(join(home, '.vault-token'), 'utf8')).toBe('hvs.typed')
    expect((await stat(join(home, '.vault-token'))).mode & 0o777).toBe(0o600)
    expect((await vault('print token', { env })).out).toBe('hvs.typed\n')
    expect(asked[0]?.token).toBe('hvs.typed')
  })

  it('prints only the token, and keeps nothing, when that is wanted', async () => {
    const home = await mkdtemp(join(tmpdir(), 'login-'))
    const { vault } = await against(lookup)

    expect(await vault('login -token-only hvs.typed', { env: { HOME: home } })).toEqual({ code: 0, out: 'hvs.typed', err: '' })
    await expect(stat(join(home, '.vault-token'))).rejects.toThrow('ENOENT')
  })
})

describe('an answer', () => {
  it('that is wrapped shows the wrapping', async () => {
    const wrap_info = { token: 'hvs.w', accessor: 'acc', ttl: 300, creation_time: 'now', creation_path: 'auth/token/create' }
    const { vault, asked } = await against({ 'PUT /v1/auth/token/create': envelope(null, { wrap_info }) })

    expect((await vault('token create -wrap-ttl=5m')).out).toContain('wrapping_token_ttl:              5m')
    expect((await vault('token create -wrap-ttl=5m -field=wrapping_token')).out).toBe('hvs.w')
    expect(asked[0]?.wrapTtl).toBe('5m0s')
  })

  it('with warnings shows them beside the answer', async () => {
    const { vault } = await against({ 'GET /v1/x': envelope({ a: 'b' }, { warnings: ['mind the gap'] }) })

    expect((await vault('read x')).err).toBe('WARNING! The following warnings were returned from Vault:\n\n  * mind the gap\n\n')
  })

  it('of a list is an array in JSON, and {} with exit code 2 where there is nothing', async () => {
    const { vault } = await against({ 'GET /v1/some?list=true': envelope({ keys: ['a', 'b/'] }) })

    expect(JSON.parse((await vault('list -format=json some')).out)).toEqual(['a', 'b/'])
    expect(await vault('list -format=json none')).toMatchObject({ code: 2, out: '{}\n' })
  })
})

describe('help', () => {
  it.each(commands.map(({ name }) => name))('of %s says what it does and shows how', async (name) => {
    const { code, out } = await run([...name.split(' '), '-h'])

    expect(code).toBe(0)
    expect(out).toMatch(new RegExp(`^Usage: vault ${name} \\[options\\]`))
    expect(out).toContain(`$ vault ${name}`)
  })

  it('of a group lists its commands', async () => {
    expect(await run(['kv', '--help'])).toMatchObject({ code: 0, out: expect.stringContaining('enable-versioning') })
    expect(await run(['kv'])).toMatchObject({ code: 1, out: '' })
  })
})
