import { once } from 'node:events'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeCertificate } from '../testing/certificate.js'
import { answering, ask, heard, openDoor } from '../testing/wire.js'

async function open(options: Parameters<typeof openDoor>[1], status = 200) {
  const opened = await openDoor(async () => answering({ status }), options)
  onTestFinished(() => opened.door.close())
  return opened
}

const own = makeCertificate('server')

describe('TLS rules of an operator', () => {
  const [client, stranger] = [makeCertificate('client'), makeCertificate('stranger')]

  async function shake(url: string, options: ConnectionOptions = {}): Promise<TLSSocket> {
    const { hostname: host, port } = new URL(url)
    const socket = connect({ host, port: Number(port), rejectUnauthorized: false, ...options })
    onTestFinished(() => void socket.destroy())
    await once(socket, 'secureConnect')
    return socket
  }

  /** What a client with these certificates hears. With TLS 1.3 it learns only from the first answer that it was turned away. */
  async function asked(url: string, options: ConnectionOptions): Promise<string> {
    const socket = await shake(url, options)
    socket.on('error', () => undefined)
    socket.write('GET /v1/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    return heard(socket)
  }

  it('bound the version from above and choose the suites of TLS 1.2', async () => {
    const suite = 'ECDHE-ECDSA-AES256-GCM-SHA384'
    const { door } = await open({ tls: { ...own, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: suite } })

    const socket = await shake(door.url)

    expect([socket.getProtocol(), socket.getCipher().name]).toEqual(['TLSv1.2', suite])
    await expect(shake(door.url, { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' })).rejects.toThrow()
  })

  it('demand a certificate of the authority that is named, and hold after the server\'s own was renewed', async () => {
    const { door, seen } = await open({ tls: { ...own, clientCa: client.cert, requireClientCert: true } })

    expect(await asked(door.url, client)).toMatch(/^HTTP\/1\.1 200/)
    expect(await asked(door.url, {})).not.toContain('HTTP/1.1')
    expect(await asked(door.url, stranger)).not.toContain('HTTP/1.1')
    door.reloadTls(own)
    expect(await asked(door.url, {})).not.toContain('HTTP/1.1')
    expect(seen).toHaveLength(1)
  })
})

describe('headers of an operator', () => {
  const responseHeaders = { default: [['X-Frame-Options', 'DENY'], ['cache-control', 'private']], '4xx': [['X-Frame-Options', 'SAMEORIGIN']], '418': [['X-Tea', 'yes']] } as const

  it.each([
    [200, { 'x-frame-options': 'DENY', 'cache-control': 'private', 'x-content-type-options': 'nosniff' }],
    [404, { 'x-frame-options': 'SAMEORIGIN' }],
    [418, { 'x-frame-options': 'SAMEORIGIN', 'x-tea': 'yes' }],
  ])('stand in an answer of status %i, the more exact over the wider', async (status, expected) => {
    const { door } = await open({ responseHeaders }, status)

    const got = await ask(door, '/v1/a')

    expect(got.status).toBe(status)
    expect(got.headers).toMatchObject(expected)
  })
})

describe('the address behind a trusted proxy', () => {
  const forwarded = { authorized: ['127.0.0.1'], hopSkips: 0, rejectNotAuthorized: true, rejectNotPresent: true }

  it('is where a request came from', async () => {
    const { door, seen } = await open({ forwarded })

    expect(await ask(door, '/v1/a', { headers: { 'X-Forwarded-For': '198.51.100.7' } })).toMatchObject({ status: 200 })
    expect(await ask(door, '/v1/a')).toMatchObject({ status: 400, text: expect.stringContaining('missing x-forwarded-for header') })
    expect(seen.map(({ remote }) => remote?.address)).toEqual(['198.51.100.7'])
  })

  it('is nobody\'s to choose where no proxy is trusted', async () => {
    const { door, seen } = await open({})

    await ask(door, '/v1/a', { headers: { 'X-Forwarded-For': '198.51.100.7' } })

    expect(seen[0]?.remote?.address).toBe('127.0.0.1')
  })
})
