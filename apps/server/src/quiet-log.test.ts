import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVault } from '@chatelaine/client'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { emptyConfig, type Config } from './config/config.js'
import { openLog } from './log.js'
import { startServer } from './server.js'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'quiet-'))))
afterEach(() => rmSync(folder, { recursive: true }))

const marked = (name: string) => `${name}-MARKED`

/** Sends bytes as they are and waits for the end of the answer. */
const sendRaw = (url: string, text: string) =>
  new Promise<void>((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname, () => socket.write(text))
    socket.on('data', () => undefined).on('error', reject).on('close', () => resolve())
  })

it.each(['standard', 'json'] as const)('a whole session leaves no secret in the %s log, however much it tells', async (logFormat) => {
  const logFile = join(folder, 'server.log')
  const listener = { address: { host: '127.0.0.1', port: 0 }, tls: undefined, maxRequestSize: undefined, maxRequestDuration: undefined, requireRequestHeader: false }
  const config: Config = { ...emptyConfig, storage: { type: 'embedded', path: join(folder, 'vault') }, listeners: [listener], logLevel: 'trace', logFile, logFormat }
  const server = await startServer({ config, log: openLog(config) })
  const [url = ''] = server.addresses

  const nobody = createVault({ address: url })
  const { keys_base64: shares, root_token: rootToken } = (await nobody.write('sys/init', { secret_shares: 2, secret_threshold: 2 })).data as { keys_base64: string[]; root_token: string }
  await nobody.write('sys/unseal', { key: Buffer.alloc(33, 7).toString('base64') })
  await nobody.write('sys/unseal', { key: shares[0] }).catch(() => undefined)
  for (const key of shares) await nobody.write('sys/unseal', { key })

  const root = nobody.as(rootToken)
  const sneak = (path: string, input = {}) => root.write(path, input).catch(() => undefined)
  await root.write('sys/mounts/kv', { type: 'kv', options: { version: '2' } })
  await root.write('sys/audit/file', { type: 'file', options: { file_path: join(folder, 'audit.log') } })
  await root.write('kv/data/a', { data: { password: marked('value') } })
  await sneak('kv/data/a', { data: { password: marked('late') }, options: { cas: 7 } })
  await sneak('kv/data/a', { data: marked('not-an-object') })
  await sneak('sys/policies/acl/broken', { policy: `path "a" { ${marked('policy')} }` })
  await sneak('sys/mounts/odd', { type: marked('type') })
  const child = (await root.write('auth/token/create', { policies: ['default'], num_uses: 2 })).auth
  const wrapped = await root.request({ verb: 'read', path: 'kv/data/a', wrapTtl: 60 })
  await nobody.as(child?.client_token).read('kv/data/a').catch(() => undefined)
  await nobody.as(marked('hvs.unknown')).read('kv/data/a').catch(() => undefined)
  await sneak('auth/token/revoke', { token: child?.client_token })
  await sendRaw(url, `POST /v1/kv/data/a HTTP/1.1\r\nHost: a\r\nX-Vault-Token: ${marked('cut')}\r\nContent-Length: 9999\r\nBad Header ${marked('head')}\r\n\r\n`)
  await sendRaw(url, `POST /v1/kv/data/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 10\r\n\r\n{"${marked('x')}`)
  await sendRaw(url, `${marked('NOTHTTP')} / HTTP/9.9\r\n\r\n`)
  await server.reload()
  await root.write('sys/seal')
  await server.close()

  const text = readFileSync(logFile, 'utf8')
  const secrets = [rootToken, ...shares, ...shares.map((key) => Buffer.from(key, 'base64').toString('hex')), child?.client_token, wrapped.wrapInfo?.token]
  expect(text).toContain('vault is unsealed')
  for (const secret of ['MARKED', ...secrets]) {
    expect(secret).toBeTruthy()
    expect(text).not.toContain(secret)
  }
})
