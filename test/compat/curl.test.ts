import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { schemes, startVault, type TestVault } from '../support/server.js'

// What the brief tells people to type, and what else they type at a vault with curl.
describe.each(schemes)('curl over %s', (scheme) => {
  let vault: TestVault
  beforeAll(async () => {
    vault = await startVault(scheme)
  })
  afterAll(() => vault.close())

  const curl = async (path: string, ...args: string[]): Promise<string> => {
    const trust = vault.caFile ? ['--cacert', vault.caFile] : []
    const { stdout } = await promisify(execFile)('curl', ['-sS', '--noproxy', '*', ...trust, ...args, `${vault.address}${path}`])
    return stdout
  }
  const token = () => ['--header', `X-Vault-Token: ${vault.rootToken}`]
  const json = async (path: string, ...args: string[]) => JSON.parse(await curl(path, ...token(), ...args))
  const status = (path: string, ...args: string[]) => curl(path, '-o', '/dev/null', '-w', '%{http_code}', ...args)

  it("checks the vault's health with the brief's command, which expects three fields", async () => {
    const health = JSON.parse(await curl('/v1/sys/health', '--header', 'X-Vault-Token: your_token'))
    expect(health).toMatchObject({ initialized: true, sealed: false, standby: false })
  })

  it("keeps the brief's Telegram keys and gives them back", async () => {
    await json('/v1/secret/data/telegram', '--data', '{"data":{"api_id":"123456","api_hash":"abcdef1234567890"}}')
    const read = await json('/v1/secret/data/telegram')
    expect(read.data.data).toEqual({ api_id: '123456', api_hash: 'abcdef1234567890' })
  })

  it('takes JSON that curl calls a form, and a form that is one', async () => {
    await json('/v1/sys/mounts/plain', '--data', '{"type":"kv"}', '-w', '{}')
    await curl('/v1/plain/json', ...token(), '-d', '{"x":"1"}')
    await curl('/v1/plain/form', ...token(), '-d', 'x=1', '-d', 'y=a%20b')
    expect((await json('/v1/plain/json')).data).toEqual({ x: '1' })
    expect((await json('/v1/plain/form')).data).toEqual({ x: '1', y: 'a b' })
  })

  it('lists with --request LIST and with ?list=true', async () => {
    await json('/v1/secret/data/listed/a', '-X', 'PUT', '-d', '{"data":{}}')
    expect((await json('/v1/secret/metadata/listed', '--request', 'LIST')).data).toEqual({ keys: ['a'] })
    expect((await json('/v1/secret/metadata/listed?list=true')).data).toEqual({ keys: ['a'] })
  })

  it('answers HEAD with the status and no body', async () => {
    expect(await curl('/v1/sys/health', '--head', '-o', '/dev/null', '-w', '%{http_code} %{size_download}')).toBe('200 0')
  })

  it('is refused without a token', async () => {
    expect(await status('/v1/secret/data/telegram')).toBe('403')
  })

  it('finds nothing outside of /v1/', async () => {
    expect(await status('/v2/secret/data/telegram')).toBe('404')
  })

  it('is told when a body is too large, which it sends only after asking', async () => {
    const ask = ['--header', 'Expect: 100-continue', '--header', `Content-Length: ${33 * 2 ** 20}`]
    expect(await status('/v1/secret/data/large', ...token(), ...ask, '--max-time', '10', '-d', '{}')).toBe('413')
  })
})

describe('curl and the certificate', () => {
  let vault: TestVault
  beforeAll(async () => {
    vault = await startVault('https')
  })
  afterAll(() => vault.close())

  const curl = (...args: string[]) => promisify(execFile)('curl', ['-sS', '--noproxy', '*', ...args, `${vault.address}/v1/sys/health`])

  it('trusts nobody whose authority it does not know', async () => {
    await expect(curl()).rejects.toMatchObject({ code: 60 })
  })

  it('is offered nothing older than TLS 1.3', async () => {
    await expect(curl('--cacert', vault.caFile ?? '', '--tls-max', '1.2')).rejects.toMatchObject({ code: 35 })
    await expect(curl('--cacert', vault.caFile ?? '', '--tlsv1.3')).resolves.toMatchObject({ stderr: '' })
  })
})
