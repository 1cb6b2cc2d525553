import { describe, expect, it } from 'vitest'
import { commands } from './commands/index.js'
import { against } from './testing/against.js'
import { run } from './testing/run.js'
import { envelope } from './testing/server.js'

const refused = (sentence: string) => ({ code: 1, out: '', err: expect.stringContaining(sentence) as string })
const v2 = envelope({ path: 'secret/', type: 'kv', options: { version: '2' } })
const v1 = envelope({ path: 'kv1/', type: 'kv', options: { version: '1' } })
const mounts = { 'GET /v1/sys/internal/ui/mounts/secret/x': v2, 'GET /v1/sys/internal/ui/mounts/kv1/x': v1 }

describe('an argument too many', () => {
  it.each([
    ['token revoke -self abc', 'Too many arguments with -self (expected 0, got 1)'],
    ['token revoke a b', 'Too many arguments (expected 1, got 2)'],
    ['token lookup -accessor a b', 'Too many arguments with -accessor (expected 1, got 2)'],
    ['token create abc', 'Too many arguments (expected 0, got 1)'],
    ['operator unseal -reset abc', 'Too many arguments with -reset (expected 0, got 1)'],
    ['operator seal now', 'Too many arguments (expected 0, got 1)'],
    ['secrets disable a b', 'Too many arguments (expected 1, got 2)'],
    ['kv list -mount=secret a b', 'Too many arguments with -mount (expected 0-1, got 2)'],
    ['login abc def', 'Too many arguments (expected 0-1, got 2)'],
    ['policy delete a b', 'Too many arguments (expected 1, got 2)'],
  ])('is refused and nothing is asked: %s', async (line, sentence) => {
    const { vault, asked } = await against({})

    expect(await vault(line)).toEqual(refused(sentence))
    expect(asked).toEqual([])
  })

  it.each(commands.filter(({ args }) => !args.some((name) => name.includes('...'))).map(({ name, args }) => [name, args.length] as const))(
    'is refused by %s, whatever its flags', async (name, most) => {
      const words = Array.from({ length: most + 1 }, (_, i) => `w${i}`)

      expect(await run([...name.split(' '), ...words], { env: { VAULT_ADDR: 'http://127.0.0.1:1', VAULT_MAX_RETRIES: '0' } })).toEqual(refused('Too many arguments'))
    })
})

describe('a missing argument', () => {
  it.each([
    ['token revoke', 'Not enough arguments (expected 1, got 0)'],
    ['token revoke -accessor', 'Not enough arguments (expected 1, got 0)'],
    ['token lookup -accessor', 'Not enough arguments with -accessor (expected 1, got 0)'],
    ['token renew -accessor', 'Not enough arguments with -accessor (expected 1, got 0)'],
    ['kv list', 'Not enough arguments (expected 1, got 0)'],
  ])('is asked for, and the token in use is not taken instead: %s', async (line, sentence) => {
    const { vault, asked } = await against({})

    expect(await vault(line)).toEqual(refused(sentence))
    expect(asked).toEqual([])
  })

  it('is an empty one too, where another token would be meant', async () => {
    const { vault, asked } = await against({})

    expect(await vault(['token', 'revoke', '-mode=path', ''])).toEqual(refused('Not enough arguments'))
    expect(asked).toEqual([])
  })

  it.each([['lookup', ''], ['lookup', ' '], ['renew', ''], ['revoke', ' '], ['capabilities', 't', ''], ['capabilities', ''], ['capabilities', '', 'a'], ['lookup', '-accessor', '']])(
    'is an empty one, and what is in use is not meant by it: token %s "%s" %s', async (...words) => {
      const { vault, asked } = await against({})

      expect(await vault(['token', ...words.filter((word) => word !== undefined)])).toEqual(refused('is empty'))
      expect(asked).toEqual([])
    })
})

describe('a flag that says what is acted on', () => {
  it.each([
    ...['', ' ', ','].flatMap((value) => ['delete', 'undelete', 'destroy'].map((what) => ['kv', what, `-versions=${value}`, 'secret/x'])),
    ['kv', 'delete', '-versions=1', '-versions=', 'secret/x'], ['token', 'revoke', '-mode=', 'abc'], ['token', 'revoke', '-mode', ' ', 'abc'],
  ].map((words) => [words]))('is refused where it is empty: %j', async (words) => {
    const { vault, asked } = await against(mounts)

    expect(await vault(words)).toEqual(refused('expected a value that is not empty'))
    expect(asked).toEqual([])
  })
})

describe('flags that exclude one another', () => {
  it.each([
    ['token revoke -self -mode=orphan', '-self', '-mode'], ['token revoke -self -mode=path', '-self', '-mode'], ['token revoke -self -accessor', '-self', '-accessor'],
    ['token revoke -accessor -mode=orphan a', '-accessor', '-mode'], ['token revoke -accessor -mode=path a', '-accessor', '-mode'],
    ['login -no-store -no-print t', '-no-store', '-no-print'], ['login -token-only -no-print t', '-token-only', '-no-print'],
  ])('are refused: %s', async (line, one, other) => {
    const { vault, asked } = await against({})

    expect(await vault(line)).toEqual(refused(`Cannot use ${one} with ${other}!`))
    expect(asked).toEqual([])
  })

  it('are no pair where one of them is off', async () => {
    const { vault, asked } = await against({ 'PUT /v1/auth/token/revoke-self': 204 })

    expect(await vault('token revoke -self -accessor=false')).toMatchObject({ code: 0 })
    expect(asked).toHaveLength(1)
  })
})

describe('a flag that has no meaning for an unversioned engine', () => {
  it.each([['kv delete -versions=1 kv1/x', '-versions'], ['kv put -cas=1 kv1/x a=b', '-cas'], ['kv get -version=1 kv1/x', '-version']])(
    'is refused: %s would act on the secret as it is', async (line, flag) => {
      const { vault, asked } = await against(mounts)

      expect(await vault(line)).toEqual(refused(`${flag} needs a versioned secrets engine`))
      expect(asked.map(({ method }) => method)).toEqual(['GET'])
    })
})

describe('a value that Vault\'s command line takes for "not set"', () => {
  it.each([
    ['kv metadata put -max-versions=-3 secret/x', {}],
    ['kv metadata put -delete-version-after=-1 secret/x', {}],
    ['kv metadata put -max-versions=0 -delete-version-after=0 secret/x', { max_versions: 0, delete_version_after: '0s' }],
    ['kv put -cas=-1 secret/x a=b', { data: { a: 'b' }, options: {} }],
    ['kv put -cas=0 secret/x a=b', { data: { a: 'b' }, options: { cas: 0 } }],
    ['auth tune -default-lease-ttl=0 -max-lease-ttl= approle', {}],
    ['secrets tune -default-lease-ttl=-1 -max-lease-ttl=system secret', { default_lease_ttl: 'system', max_lease_ttl: 'system' }],
    ['secrets tune -version=0 -max-lease-ttl=90m secret', { max_lease_ttl: '1h30m0s' }],
    ['token create -ttl=0 -period= -explicit-max-ttl=0s -use-limit=0', { renewable: true }],
    ['token renew -increment=0', {}],
    ['token renew -i=90m', { increment: 5400 }],
  ])('%s', async (line, body) => {
    const { vault, asked } = await against({
      ...mounts, 'PUT /v1/secret/metadata/x': 204, 'PUT /v1/secret/data/x': 204, 'PUT /v1/sys/auth/approle/tune': 204, 'PUT /v1/sys/mounts/secret/tune': 204,
      'PUT /v1/auth/token/create': envelope({}), 'PUT /v1/auth/token/renew-self': envelope({}),
    })

    expect(await vault(line)).toMatchObject({ code: 0 })
    expect(asked.at(-1)?.body).toEqual(body)
  })

  it('is no version of a secret', async () => {
    const { vault, asked } = await against({ ...mounts, 'GET /v1/secret/data/x': envelope({ data: {}, metadata: {} }) })

    expect(await vault('kv get -version=-1 secret/x')).toMatchObject({ code: 0 })
    expect(asked.at(-1)?.url).toBe('/v1/secret/data/x')
  })

  it('is no mount', async () => {
    const { vault, asked } = await against({ ...mounts, 'GET /v1/secret/data/x': envelope({ data: {}, metadata: {} }) })

    expect(await vault('kv get -mount= secret/x')).toMatchObject({ code: 0 })
    expect(asked.at(-1)?.url).toBe('/v1/secret/data/x')
  })
})

describe('a bad value of a flag', () => {
  it.each([
    'token create -ttl=hunter2', 'token renew -increment=hunter2', 'secrets tune -max-lease-ttl=hunter2 a', 'auth enable -default-lease-ttl=hunter2 approle',
    'kv metadata put -delete-version-after=hunter2 secret/x', 'read -wrap-ttl=hunter2 x', 'kv put -cas=hunter2 secret/x a=b', 'kv metadata put -max-versions=99999999999999999999 secret/x',
  ])('is not sent, not repeated, and exit code 1: %s', async (line) => {
    const { vault, asked } = await against(mounts)

    const { code, err } = await vault(line)

    expect([code, asked]).toEqual([1, []])
    expect(err).toMatch(/invalid value for flag -/)
    expect(err).not.toContain('hunter2')
  })
})

describe('flags about plugins', () => {
  it('are sent and not dropped, so that the server may refuse them', async () => {
    const { vault, asked } = await against({ 'PUT /v1/sys/mounts/kv': 204, 'PUT /v1/sys/mounts/mine': 204, 'PUT /v1/sys/auth/approle/tune': 204 })

    expect((await vault('secrets enable -plugin-version=v1.2.3 -external-entropy-access -allowed-managed-keys=k kv')).out).toBe('Success! Enabled the kv secrets engine version v1.2.3 at: kv/\n')
    await vault('secrets enable -plugin-name=mine plugin')
    await vault('auth tune -plugin-version=v1.2.3 -user-lockout-threshold=3 -user-lockout-duration=5m -user-lockout-disable approle')

    expect(asked.map(({ body }) => body)).toMatchObject([
      { type: 'kv', external_entropy_access: true, config: { plugin_version: 'v1.2.3', allowed_managed_keys: ['k'] } },
      { type: 'mine' },
      { plugin_version: 'v1.2.3', user_lockout_config: { lockout_threshold: '3', lockout_duration: '5m0s', lockout_disable: true } },
    ])
  })

  it('reach the server as headers where they are headers', async () => {
    const { vault, asked } = await against({ 'GET /v1/x': envelope({ a: 'b' }) })

    await vault('read -mfa=id:1 -policy-override -header=X-Mine=1 x')

    expect(asked[0]?.headers).toMatchObject({ 'x-vault-mfa': 'id:1', 'x-vault-policy-override': 'true', 'x-mine': '1' })
  })
})

describe('exit codes', () => {
  it.each([
    [127, ['nope']], [127, []], [1, ['kv', 'gte']], [1, ['kv']], [1, ['read']], [1, ['read', '-format=xml', 'x']], [1, ['list', '-format=raw', 'x']],
    [2, ['read', '-address=nonsense', 'x']], [2, ['read', '-address=ftp://x', 'x']], [2, ['read', '-ca-cert=/not/there', '-address=https://127.0.0.1:1', 'x']],
    [2, ['read', '-header=X-Vault-Foo=bar', 'x']], [2, ['read', '-header=x-vault-namespace=bar', 'x']], [1, ['status', '-address=nonsense']],
  ])('%d of %j', async (code, argv) => {
    expect(await run(argv)).toMatchObject({ code, out: '' })
  })

  it('name the headers that are for internal use', async () => {
    expect((await run(['read', '-header=X-Vault-Foo=bar', 'x'])).err).toBe(
      "failed to setup Headers[X-Vault-Foo]: Header starting by 'X-Vault-' are for internal usage only\n")
  })

  it('say 2 for a variable that cannot be read, and name it as it was set', async () => {
    expect(await run(['read', 'x'], { env: { BAO_SKIP_VERIFY: 'maybe' } })).toMatchObject({ code: 2, err: 'BAO_SKIP_VERIFY must be true or false\n' })
  })
})
