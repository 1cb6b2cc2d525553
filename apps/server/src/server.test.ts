import { execFile } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createPort, type AddressInfo } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { promisify } from 'node:util'
import { BarrierError } from '@chatelaine/barrier'
import { nodeExchange } from '@chatelaine/client'
import { HttpError } from '@chatelaine/doors'
import { LockError } from '@chatelaine/lock'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { emptyConfig, type Config, type ListenerConfig } from './config/config.js'
import { ServerError } from './errors.js'
import { openLog } from './log.js'
import { startServer, type Server } from './server.js'

let folder: string
let running: Server[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'server-'))
  running = []
})
afterEach(async () => {
  for (const server of running) await server.close()
  rmSync(folder, { recursive: true })
})

const at = (name: string) => join(folder, name)

const listener = (address: ListenerConfig['address'], tls?: ListenerConfig['tls']): ListenerConfig => ({
  address, tls, maxRequestSize: undefined, maxRequestDuration: undefined, requireRequestHeader: false,
})

const anyPort = { host: '127.0.0.1', port: 0 }

/** An embedded store that opens itself, on a port of its own. */
const house = (more: Partial<Config> = {}): Config => ({
  ...emptyConfig,
  storage: { type: 'embedded', path: at('vault') },
  seal: { type: 'keyfile', path: at('unseal.key') },
  listeners: [listener(anyPort)],
  logLevel: 'trace',
  logFile: at('server.log'),
  ...more,
})

async function start(config: Config): Promise<Server> {
  const server = await startServer({ config, log: openLog(config) })
  running.push(server)
  return server
}

const failure = (config: Config) => start(config).then(() => expect.unreachable('it started'), (error: unknown) => error)

const log = () => readFileSync(at('server.log'), 'utf8')

const health = async ({ addresses }: Server) => (await fetch(`${addresses[0]}/v1/sys/health`)).status

/** Takes everything a server takes, which is how a failed start is seen to have left nothing open. */
const startsAgain = async (config: Config) => expect(await health(await start(config))).toBe(501)

describe('a server', () => {
  it('keeps secrets over a restart, and unseals itself with its key file', async () => {
    const first = await start(house())
    const { rootToken } = await first.core.initialize({ shares: 1, threshold: 1 })
    await first.core.handle({ verb: 'write', path: 'sys/mounts/kv', input: { type: 'kv' }, token: rootToken })
    await first.core.handle({ verb: 'write', path: 'kv/a', input: { is: 'kept' }, token: rootToken })
    await first.close()

    const second = await start(house())

    expect(await health(second)).toBe(200)
    expect(await second.core.handle({ verb: 'read', path: 'kv/a', input: {}, token: rootToken })).toMatchObject({ data: { is: 'kept' } })
  })

  it('gives Prometheus its figures over HTTP, to who may read them', async () => {
    const server = await start(house())
    const { rootToken } = await server.core.initialize({ shares: 1, threshold: 1 })
    const scrape = (token: string) => fetch(`${server.addresses[0]}/v1/sys/metrics?format=prometheus`, { headers: { 'X-Vault-Token': token } })

    const answer = await scrape(rootToken)

    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    const text = await answer.text()
    expect(text).toMatch(/^vault_core_unsealed 1$/m)
    expect(text).toMatch(/^chatelaine_caretaker_lag_seconds 0$/m)
    expect(text).toMatch(/^process_cpu_seconds_total /m)
    expect(text).not.toContain(rootToken)
    expect((await scrape('hvs.nobody')).status).toBe(403)
  })

  it('is called by its machine and its port where nobody named it', async () => {
    const server = await start(house({ nodeName: undefined }))
    const { rootToken } = await server.core.initialize({ shares: 1, threshold: 1 })

    const { data } = await server.core.handle({ verb: 'read', path: 'sys/ha-status', input: {}, token: rootToken })

    const { port } = new URL(server.addresses[0] ?? '')
    expect(data).toMatchObject({ nodes: [{ hostname: `${hostname()}:${port}`, api_address: server.addresses[0] }] })
  })

  it('does not start without its key file, and says where it looked', async () => {
    const first = await start(house())
    await first.core.initialize({ shares: 1, threshold: 1 })
    await first.close()
    rmSync(at('unseal.key'))

    const error = await failure(house())

    expect(BarrierError.keyFileMissing.is(error) && error.details.path).toBe(at('unseal.key'))
  })

  it('does not start with a key file that others may read', async () => {
    const first = await start(house())
    await first.core.initialize({ shares: 1, threshold: 1 })
    await first.close()
    chmodSync(at('unseal.key'), 0o644)

    expect(await failure(house())).toSatisfy(BarrierError.keyFileExposed.is)
  })

  it('does not start without a storage, which it would forget', async () => {
    expect(await failure(house({ storage: undefined }))).toSatisfy(ServerError.noStorage.is)
  })

  it('is refused the store that another holds', async () => {
    const first = await start(house())

    expect(await failure(house())).toSatisfy(LockError.held.is)
    expect(await health(first)).toBe(501)
  })

  it('says who has the address it wants, and lets go of its store', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as AddressInfo

    const error = await failure(house({ listeners: [listener(anyPort), listener({ host: '127.0.0.1', port })] }))
    await new Promise((resolve) => taken.close(resolve))

    expect(ServerError.addressInUse.is(error) && error.message).toBe(`127.0.0.1:${port} is taken by another program; stop it, or choose another address`)
    await startsAgain(house())
  })

  it('says why it cannot listen', async () => {
    const [nowhere, elsewhere] = [listener({ socketPath: at('no/such/folder/s') }), listener({ host: '203.0.113.1', port: 0 })]

    expect(await failure(house({ listeners: [nowhere] }))).toMatchObject({ message: `cannot listen on ${at('no/such/folder/s')}: EACCES` })
    expect(await failure(house({ listeners: [elsewhere] }))).toMatchObject({ message: 'cannot listen on 203.0.113.1:0: EADDRNOTAVAIL' })
    await startsAgain(house())
  })

  it('closes the listeners it had opened when a later one fails', async () => {
    const socket = listener({ socketPath: at('first.sock') })
    const bad = listener(anyPort, { certFile: at('no.pem'), keyFile: at('no.pem'), minVersion: 'TLSv1.3' })

    expect(await failure(house({ listeners: [socket, bad] }))).toSatisfy(ServerError.unreadable.is)

    expect(existsSync(at('first.sock'))).toBe(false)
    await startsAgain(house({ listeners: [listener(anyPort), socket] }))
  })

  it('may be told to close twice', async () => {
    const server = await start(house())

    await Promise.all([server.close(), server.close()])

    await expect(health(server)).rejects.toThrow()
    await startsAgain(house())
  })
})

describe('a unix listener', () => {
  it('has the mode it was given, answers there, and is gone at the end', async () => {
    const socketPath = at('vault.sock')
    const server = await start(house({ listeners: [listener({ socketPath, mode: 0o640 })] }))

    expect(server.addresses).toEqual([`unix://${socketPath}`])
    expect(statSync(socketPath).mode & 0o777).toBe(0o640)
    const answer = await nodeExchange({ socketPath })({ method: 'GET', url: 'http://localhost/v1/sys/health', headers: {}, body: undefined })
    expect(answer.status).toBe(501)

    await server.close()
    expect(existsSync(socketPath)).toBe(false)
  })

  it('is refused where another process answers', async () => {
    const socketPath = at('taken.sock')
    const taken = createPort()
    await new Promise<void>((resolve) => taken.listen(socketPath, resolve))

    const error = await failure(house({ listeners: [listener({ socketPath })] }))
    await new Promise((resolve) => taken.close(resolve))

    expect(error).toSatisfy(HttpError.socketInUse.is)
  })
})

describe('TLS', () => {
  const tls = () => ({ certFile: at('cert.pem'), keyFile: at('key.pem'), minVersion: 'TLSv1.3' as const })
  const secured = () => house({ listeners: [listener(anyPort, tls())] })

  it('refuses a certificate with the key of another, naming both files', async () => {
    await certificate('cert', 'key', 'one')
    await certificate('other', 'other-key', 'two')
    copyFileSync(at('other-key.pem'), at('key.pem'))

    const error = await failure(secured())

    expect(error).toSatisfy(ServerError.certificate.is)
    expect(error).toMatchObject({ message: expect.stringContaining(`${at('cert.pem')} and ${at('key.pem')}`) })
    expect(error).toMatchObject({ message: expect.stringContaining('MISMATCH') })
    await startsAgain(house())
  })

  it('refuses a file that is no certificate, and one that is not there', async () => {
    writeFileSync(at('cert.pem'), 'no certificate')
    writeFileSync(at('key.pem'), 'no key')

    expect(await failure(secured())).toSatisfy(ServerError.certificate.is)
    rmSync(at('cert.pem'))
    expect(await failure(secured())).toMatchObject({ message: `cannot read the certificate ${at('cert.pem')}: ENOENT` })
  })

  it('takes up a new certificate at a reload, for new connections', async () => {
    await certificate('cert', 'key', 'before')
    const server = await start(secured())
    expect(await nameAt(server)).toBe('before')

    await certificate('cert', 'key', 'after')
    expect(await nameAt(server)).toBe('before')
    await server.reload()

    expect(await nameAt(server)).toBe('after')
  })

  it('keeps the certificate it has when the new one is no good, and reloads the rest', async () => {
    await certificate('cert', 'key', 'before')
    await certificate('cert2', 'key2', 'second before')
    const config = { ...secured(), listeners: [listener(anyPort, tls()), listener(anyPort, { ...tls(), certFile: at('cert2.pem'), keyFile: at('key2.pem') })] }
    const server = await start(config)
    writeFileSync(at('cert.pem'), 'half a certific')
    await certificate('cert2', 'key2', 'second after')

    await expect(server.reload()).rejects.toSatisfy(ServerError.certificate.is)

    expect(await nameAt(server)).toBe('before')
    expect(await nameAt(server, 1)).toBe('second after')
  })
})

it('opens its log anew at a reload', async () => {
  const server = await start(house())
  rmSync(at('server.log'))

  await server.reload()
  await server.core.initialize({ shares: 1, threshold: 1 })

  expect(log()).toContain('vault is unsealed')
})

async function certificate(cert: string, key: string, name: string): Promise<void> {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  await promisify(execFile)('openssl', ['req', '-x509', ...curve, '-subj', `/CN=${name}`, '-keyout', at(`${key}.pem`), '-out', at(`${cert}.pem`)])
}

/** The name on the certificate that a new connection is shown. */
function nameAt({ addresses }: Server, which = 0): Promise<unknown> {
  const { hostname, port } = new URL(addresses[which] ?? '')
  return new Promise((resolve, reject) => {
    // The name is what is asked about, so whoever answers is let to.
    const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().subject.CN)
      socket.destroy()
    })
    socket.on('error', reject)
  })
}
