import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { connect as connectSecurely, type TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { makeCertificate } from '../testing/certificate.js'
import { HttpError } from '../errors.js'
import { ask, dial, heard, openDoor, talk } from '../testing/wire.js'

async function open(options: Parameters<typeof openDoor>[1]) {
  const opened = await openDoor(undefined, options)
  onTestFinished(() => opened.door.close())
  return opened
}

describe('a TCP address', () => {
  it('tells the port it was given', async () => {
    const { door } = await open({ address: { host: '127.0.0.1', port: 0 } })
    const address = door.address()
    expect(address).toEqual({ host: '127.0.0.1', port: expect.any(Number) })
    expect(door.url).toBe(`http://127.0.0.1:${(address as { port: number }).port}`)
  })

  it('that is taken fails the opening', async () => {
    const { door } = await open({})
    await expect(openDoor(undefined, { address: door.address() })).rejects.toThrow('EADDRINUSE')
  })
})

describe('a unix socket', () => {
  let folder: string
  let socketPath: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'chatelaine-door-'))
    socketPath = join(folder, 'vault.sock')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('serves the same API, under the mode asked for, and is gone when closed', async () => {
    const { door, seen } = await openDoor(undefined, { address: { socketPath, mode: 0o600 } })
    expect((await ask(door, '/v1/a', { method: 'LIST' })).status).toBe(200)
    expect(door.url).toBe(`unix://${socketPath}`)
    expect(seen[0]).toMatchObject({ verb: 'list', remote: undefined })
    expect(statSync(socketPath).mode & 0o777).toBe(0o600)
    await door.close()
    expect(() => statSync(socketPath)).toThrow('ENOENT')
  })

  it('left behind by a killed process is taken over', async () => {
    const listen = `require('net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 9))`
    expect(spawnSync(process.execPath, ['-e', listen]).signal).toBe('SIGKILL')
    expect(statSync(socketPath).isSocket()).toBe(true)

    const { door } = await open({ address: { socketPath } })

    expect((await ask(door, '/v1/a')).status).toBe(200)
  })

  it('somebody still answers on is left to him', async () => {
    const other = createServer().listen(socketPath)
    await once(other, 'listening')
    await expect(openDoor(undefined, { address: { socketPath } })).rejects.toSatisfy(HttpError.socketInUse.is)
    other.close()
  })

  it('is not made in place of a file', async () => {
    writeFileSync(socketPath, 'precious')
    await expect(openDoor(undefined, { address: { socketPath } })).rejects.toThrow('EADDRINUSE')
    expect(statSync(socketPath).size).toBe(8)
  })
})

describe('TLS', () => {
  const [first, second] = [makeCertificate('first'), makeCertificate('second')]

  async function shake(url: string, options: object = {}): Promise<TLSSocket> {
    const { hostname: host, port } = new URL(url)
    const socket = connectSecurely({ host, port: Number(port), rejectUnauthorized: false, ...options })
    await once(socket, 'secureConnect')
    onTestFinished(() => void socket.destroy())
    return socket
  }
  const nameOf = (socket: TLSSocket) => socket.getPeerCertificate().subject.CN

  it('is 1.3, serves the same API, and asks browsers to stay with it', async () => {
    const { door, seen } = await open({ tls: first })
    const got = await ask(door, '/v1/a', { method: 'LIST', headers: { 'x-vault-token': 't' } })
    expect(got).toMatchObject({ status: 200, headers: { 'strict-transport-security': 'max-age=31536000' } })
    expect(seen[0]).toMatchObject({ verb: 'list', token: 't', remote: { address: '127.0.0.1' } })
    expect((await shake(door.url)).getProtocol()).toBe('TLSv1.3')
  })

  it('is 1.2 only where that is allowed', async () => {
    const [strict, lenient] = [await open({ tls: first }), await open({ tls: { ...first, minVersion: 'TLSv1.2' } })]
    await expect(shake(strict.door.url, { maxVersion: 'TLSv1.2' })).rejects.toThrow()
    expect((await shake(lenient.door.url, { maxVersion: 'TLSv1.2' })).getProtocol()).toBe('TLSv1.2')
    expect(strict.events).toContainEqual(expect.objectContaining({ kind: 'refused' }))
  })

  it('shows a new certificate to new connections and keeps the old ones open', async () => {
    const { door } = await open({ tls: first })
    const old = await shake(door.url)

    door.reloadTls(second)

    expect([nameOf(old), nameOf(await shake(door.url))]).toEqual(['first', 'second'])
    old.write('GET /v1/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(await heard(old)).toMatch(/^HTTP\/1.1 200/)
  })

  it('keeps its certificate when the new one is no good', async () => {
    const { door } = await open({ tls: first })
    expect(() => door.reloadTls({ cert: second.cert, key: first.key })).toThrow()
    expect(() => door.reloadTls({ cert: 'x', key: 'y' })).toThrow()
    expect(nameOf(await shake(door.url))).toBe('first')
  })

  it('refuses a certificate that is none at the opening', async () => {
    await expect(openDoor(undefined, { tls: { cert: 'x', key: 'y' } })).rejects.toThrow()
  })

  it('answers illegal header bytes in JSON too', async () => {
    const { door } = await open({ tls: first })
    const socket = await shake(door.url)
    socket.write('GET /v1/a HTTP/1.1\r\nHost: a\r\nX-Vault-Token: \x1b\r\n\r\n')
    expect(await heard(socket)).toContain('{"errors":["invalid header value"]}')
  })

  it('hangs up on those who speak in clear, and does not wait for them when it closes', async () => {
    const { door } = await openDoor(undefined, { tls: first })
    expect(await talk(door, 'GET /v1/a HTTP/1.1\r\nHost: a\r\n\r\n')).not.toContain('HTTP/1.1 200')
    const silent = heard(await dial(door))
    await door.close()
    expect(await silent).toBe('')
  })
})
