import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { against } from '../testing/against.js'
import { run } from '../testing/run.js'
import { envelope } from '../testing/server.js'
import { unread } from './variables.js'

const answers = { 'GET /v1/x': envelope({ a: 'b' }) }

async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'cli-env-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

describe('the environment under OpenBao\'s names', () => {
  it('is read as Vault\'s is, and wins', async () => {
    const [mine, other] = [await against(answers), await against(answers)]
    const env = { VAULT_ADDR: other.address, VAULT_TOKEN: 'v', VAULT_NAMESPACE: 'v', VAULT_FORMAT: 'table', VAULT_WRAP_TTL: '' }

    const { out } = await run(['read', 'x'], { env: { ...env, BAO_ADDR: mine.address, BAO_TOKEN: 'b', BAO_NAMESPACE: 'b', BAO_FORMAT: 'json', BAO_WRAP_TTL: '7m' } })

    expect(JSON.parse(out)).toMatchObject({ data: { a: 'b' } })
    expect(other.asked).toEqual([])
    expect(mine.asked[0]).toMatchObject({ token: 'b', wrapTtl: '7m', headers: { 'x-vault-namespace': 'b' } })
  })

  it('wins also where it is empty', async () => {
    const { vault, asked } = await against(answers)

    await vault('read x', { env: { VAULT_NAMESPACE: 'v', BAO_NAMESPACE: '' } })

    expect(asked[0]?.headers).not.toHaveProperty('x-vault-namespace')
  })
})

describe('the address of an agent', () => {
  it.each(['VAULT_AGENT_ADDR', 'BAO_AGENT_ADDR'])('in %s is stronger than the server\'s', async (name) => {
    const { address, asked } = await against(answers)

    expect(await run(['read', 'x'], { env: { VAULT_ADDR: 'http://127.0.0.1:1', [name]: address } })).toMatchObject({ code: 0, err: '' })
    expect(asked).toHaveLength(1)
  })

  it('gives way to what is typed', async () => {
    const { address, asked } = await against(answers)
    const env = { VAULT_AGENT_ADDR: 'http://127.0.0.1:1' }

    expect(await run(['read', `-address=${address}`, 'x'], { env })).toMatchObject({ code: 0 })
    expect(await run(['read', '-address=http://127.0.0.1:1', `-agent-address=${address}`, 'x'], { env })).toMatchObject({ code: 0 })
    expect(asked).toHaveLength(2)
  })
})

describe('a redirect', () => {
  it.each([[{ VAULT_DISABLE_REDIRECTS: '1' }, []], [{}, ['-disable-redirects']]])('is not followed where that is said: %j %j', async (env, flags) => {
    const { vault, asked } = await against({ 'GET /v1/x': { status: 307, errors: [] } })

    expect(await vault(['read', ...flags, 'x'], { env })).toMatchObject({ code: 2, err: expect.stringContaining('Code: 307') })
    expect(asked).toHaveLength(1)
  })
})

describe('the token file', () => {
  it('is where VAULT_TOKEN_PATH says', async () => {
    const home = await folder()
    const lookup = { 'GET /v1/auth/token/lookup-self': envelope({ policies: ['root'], ttl: 0 }) }
    const { vault } = await against(lookup)
    const env = { VAULT_TOKEN: '', VAULT_TOKEN_PATH: join(home, 'mine'), HOME: home }

    await vault('login t0ken', { env })

    expect(await readFile(join(home, 'mine'), 'utf8')).toBe('t0ken')
    expect((await vault('print token', { env })).out).toBe('t0ken\n')
  })
})

describe('a folder of authorities', () => {
  it.each([['VAULT_CAPATH'], ['BAO_CAPATH']])('in %s is read, and named where it holds none', async (name) => {
    const path = await folder()
    const ask = () => run(['read', 'x'], { env: { VAULT_ADDR: 'https://127.0.0.1:1', VAULT_MAX_RETRIES: '0', [name]: path } })

    expect(await ask()).toMatchObject({ code: 2, err: expect.stringContaining(`cannot read ${path} (no PEM certificate in it)`) })
    await mkdir(join(path, 'in'))
    await writeFile(join(path, 'in', 'ca.pem'), '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n')
    expect((await ask()).err).not.toContain('cannot read')
  })

  it('gives way to a file, and is told to curl', async () => {
    const line = async (...flags: string[]) => (await run(['read', '-output-curl-string', '-address=https://h', ...flags, 'x'], { env: { VAULT_TOKEN: 't' } })).out
    const path = await folder()
    const key = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' })
    await writeFile(join(path, 'ca.pem'), `-----BEGIN CERTIFICATE-----\n${String(key)}`)

    expect(await line(`-ca-path=${path}`)).toContain(`--capath '${path}'`)
    expect(await line(`-ca-path=${path}`, `-ca-cert=${path}/ca.pem`)).toContain(`--cacert '${path}/ca.pem'`)
  })
})

describe('a variable that is not read', () => {
  it('is named once on standard error, and never in the output', async () => {
    const { vault } = await against(answers)
    const env = { VAULT_RATE_LIMIT: '5', BAO_TOEKN: 't', VAULT_ADRR: 'x' }

    const { code, out, err } = await vault('read -format=json x', { env })

    expect([code, JSON.parse(out)]).toMatchObject([0, { data: { a: 'b' } }])
    expect(err).toBe('WARNING! These variables of the environment are not read here: BAO_TOEKN, VAULT_ADRR, VAULT_RATE_LIMIT\n')
  })

  it('is not one that others mean: servers, Kubernetes, login helpers', () => {
    const env = {
      VAULT_ADDR: 'a', BAO_FORMAT: 'json', VAULT_API_ADDR: 'a', VAULT_CLUSTER_ADDR: 'a', VAULT_DEV_ROOT_TOKEN_ID: 'a', VAULT_LOG_LEVEL: 'a', VAULT_RAFT_NODE_ID: 'a',
      VAULT_SERVICE_HOST: 'a', VAULT_PORT: 'tcp://a', VAULT_PORT_8200_TCP_ADDR: 'a', VAULT_SERVICE_PORT_HTTP: 'a', VAULT_ROLE_ID: 'a', VAULT_SECRET_ID: 'a', HOME: '/',
    }

    expect(unread(env, 'client')).toEqual([])
  })

  it('is, before a server, also one that only other servers read', () => {
    expect(unread({ VAULT_SEAL_TYPE: 'awskms', VAULT_API_ADDR: 'a', VAULT_TOKEN: 't', VAULT_PORT: 'tcp://a', BAO_API_ADR: 'a' }, 'server')).toEqual(['BAO_API_ADR', 'VAULT_SEAL_TYPE'])
  })
})
