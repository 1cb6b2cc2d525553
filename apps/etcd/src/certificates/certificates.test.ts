import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ClusterError } from '../errors.js'
import { ensureCertificates, type EnsureOptions } from './ensure.js'
import { authorityFiles, peerAuthorityFiles, peerFiles, serverFiles, userFiles, users } from './folder.js'
import { nodeNames, nodesIn } from './names.js'

let folder: string
let certs: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'certificates-'))
  certs = join(folder, 'certs')
})
afterEach(() => rmSync(folder, { recursive: true }))

const nodes = [{ name: 'etcd-1', hosts: ['10.0.0.1', 'etcd-1.example', '2001:db8::1'] }]
const ensure = (more: Partial<EnsureOptions> = {}) => ensureCertificates({ folder: certs, nodes, ...more })
const certificateIn = (file: string) => new X509Certificate(readFileSync(file))
const [serverAuth, clientAuth] = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']
const everyFile = () => (readdirSync(certs, { recursive: true }) as string[]).map((name) => join(certs, name)).filter((file) => statSync(file).isFile())
const contents = () => Object.fromEntries(everyFile().map((file) => [file, readFileSync(file, 'utf8')]))
const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' }).toString()
const days = (count: number) => Date.now() + count * 86_400_000

describe('certificates made here', () => {
  it('say of each user its name, and that it is a client and no server', async () => {
    await ensure()

    for (const user of users) {
      const certificate = certificateIn(userFiles(certs, user).certFile)
      expect(certificate).toMatchObject({ subject: `CN=${user}`, keyUsage: [clientAuth], subjectAltName: undefined, ca: false })
    }
  })

  it('say of a server where it is, and that it is no client', async () => {
    await ensure()

    const certificate = certificateIn(serverFiles(certs, 'etcd-1').certFile)
    expect(certificate.keyUsage).toEqual([serverAuth])
    expect(certificate.subjectAltName).toBe('IP Address:10.0.0.1, DNS:etcd-1.example, IP Address:2001:DB8:0:0:0:0:0:1, DNS:localhost, IP Address:127.0.0.1')
  })

  it('keep members among themselves apart from clients by a CA of their own', async () => {
    await ensure()

    const [ca, peerCa] = [certificateIn(authorityFiles(certs).certFile), certificateIn(peerAuthorityFiles(certs).certFile)]
    const [peer, server, user] = [peerFiles(certs, 'etcd-1'), serverFiles(certs, 'etcd-1'), userFiles(certs, 'chatelaine')].map(({ certFile }) => certificateIn(certFile))
    expect(peer?.keyUsage).toEqual([serverAuth, clientAuth])
    expect([peer?.verify(peerCa.publicKey), peer?.verify(ca.publicKey)]).toEqual([true, false])
    for (const one of [server, user]) expect([one?.verify(ca.publicKey), one?.verify(peerCa.publicKey)]).toEqual([true, false])
  })

  it('are taken by OpenSSL at its strictest', async () => {
    await ensure()

    const [ca, peerCa] = [authorityFiles(certs).certFile, peerAuthorityFiles(certs).certFile]
    openssl('verify', '-x509_strict', '-purpose', 'sslclient', '-CAfile', ca, userFiles(certs, 'root').certFile)
    openssl('verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', ca, serverFiles(certs, 'etcd-1').certFile)
    openssl('verify', '-x509_strict', '-purpose', 'sslclient', '-CAfile', peerCa, peerFiles(certs, 'etcd-1').certFile)
    expect(() => openssl('verify', '-purpose', 'sslclient', '-CAfile', ca, serverFiles(certs, 'etcd-1').certFile)).toThrow()
    expect(openssl('x509', '-in', ca, '-noout', '-ext', 'keyUsage')).toContain('Certificate Sign')
  })

  it('are for their owner alone, and so is the folder', async () => {
    await ensure()

    expect(statSync(certs).mode & 0o777).toBe(0o700)
    expect(everyFile().map((file) => [file, statSync(file).mode & 0o777])).toEqual(everyFile().map((file) => [file, 0o600]))
  })
})

describe('a second look', () => {
  it('keeps everything that is good, and closes a key that others could read', async () => {
    await ensure()
    const before = contents()
    const { keyFile } = userFiles(certs, 'backup')
    chmodSync(keyFile, 0o644)

    const done = await ensure()

    expect(new Set(done.map(({ state }) => state))).toEqual(new Set(['kept']))
    expect(contents()).toEqual(before)
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
  })

  it('changes nothing when it is a dry run', async () => {
    const done = await ensure({ dryRun: true })

    expect(new Set(done.map(({ state }) => state))).toEqual(new Set(['made']))
    expect(() => statSync(certs)).toThrow('ENOENT')
  })

  it.each([
    ['about to end', { now: days(340) }, /about to end/],
    ['of a node that has moved', { nodes: [{ name: 'etcd-1', hosts: ['10.0.0.2'] }] }, /said something else/],
  ])('makes a certificate anew that is %s', async (_, more, why) => {
    await ensure()

    const done = await ensure(more)

    const server = done.find(({ what }) => what === 'server certificate of etcd-1')
    expect(server).toMatchObject({ state: 'made', note: expect.stringMatching(why) })
    expect(new Set((await ensure(more)).map(({ state }) => state))).toEqual(new Set(['kept']))
  })

  it.each([
    ['half written', (cert: string) => writeFileSync(cert, readFileSync(cert, 'utf8').slice(0, 200))],
    ["somebody else's", (cert: string) => copyFileSync(userFiles(certs, 'root').certFile, cert)],
    ['gone', (cert: string) => rmSync(cert)],
  ])('makes a certificate anew that is %s, with a new key', async (_, spoil) => {
    await ensure()
    const { certFile, keyFile } = userFiles(certs, 'chatelaine')
    const key = readFileSync(keyFile, 'utf8')
    spoil(certFile)

    const done = await ensure()

    expect(done.filter(({ state }) => state === 'made').map(({ what }) => what)).toEqual(['certificate of user chatelaine'])
    expect(readFileSync(keyFile, 'utf8')).not.toBe(key)
    expect(certificateIn(certFile).subject).toBe('CN=chatelaine')
  })

  it('knows the nodes it made certificates for before', async () => {
    await ensure()

    expect(nodesIn(certs)).toEqual([{ name: 'etcd-1', hosts: ['10.0.0.1', 'etcd-1.example', '2001:DB8:0:0:0:0:0:1', 'localhost', '127.0.0.1'] }])
    expect((await ensure({ nodes: nodesIn(certs) })).every(({ state }) => state === 'kept')).toBe(true)
  })
})

describe("an operator's own CA", () => {
  function ownCa(name: string, ...kind: string[]) {
    const [certFile, keyFile] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)]
    openssl('req', '-x509', '-nodes', '-newkey', ...kind, '-keyout', keyFile, '-out', certFile, '-days', '100', '-subj', '/O=Example/CN=Own CA', '-addext', 'keyUsage=critical,keyCertSign')
    return { certFile, keyFile }
  }

  it.each([
    ['RSA', ['rsa:2048']],
    ['P-256', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']],
    ['P-384', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384']],
  ])('of %s signs, its certificates end no later than it, and its key is not kept', async (_, kind) => {
    const ca = ownCa('own', ...kind)

    await ensure({ ca })

    openssl('verify', '-x509_strict', '-purpose', 'sslclient', '-CAfile', ca.certFile, userFiles(certs, 'chatelaine').certFile)
    expect(Date.parse(certificateIn(userFiles(certs, 'chatelaine').certFile).validTo)).toBeLessThan(days(101))
    expect(readFileSync(authorityFiles(certs).certFile, 'utf8')).toBe(readFileSync(ca.certFile, 'utf8'))
    expect(everyFile()).not.toContain(authorityFiles(certs).keyFile)
    expect((await ensure({ ca })).every(({ state }) => state === 'kept')).toBe(true)
  })

  it('is not mixed with another', async () => {
    await ensure()

    await expect(ensure({ ca: ownCa('other', 'rsa:2048') })).rejects.toSatisfy(ClusterError.otherCa.is)
  })

  it('without its key keeps what it has signed, and says what it would have to sign', async () => {
    const ca = ownCa('own', 'rsa:2048')
    await ensure({ ca })
    expect((await ensure()).every(({ state }) => state === 'kept')).toBe(true)
    rmSync(userFiles(certs, 'backup').keyFile)

    await expect(ensure()).rejects.toThrow('the certificate of user backup must be made, but the key of the CA')
  })

  it('is refused when it is no CA, is not of its key, or is not to be read', async () => {
    const [one, other] = [ownCa('one', 'rsa:2048'), ownCa('other', 'rsa:2048')]
    await ensure({ ca: one })
    const user = userFiles(certs, 'root')

    await expect(ensure({ ca: { ...one, keyFile: other.keyFile } })).rejects.toThrow(/other.key is not its key/)
    await expect(ensure({ ca: user })).rejects.toThrow('it is no CA certificate')
    await expect(ensure({ ca: { certFile: one.keyFile } })).rejects.toThrow('it is not PEM')
    await expect(ensure({ ca: { certFile: join(folder, 'none.crt') } })).rejects.toThrow('ENOENT')
    await expect(ensure({ ca: one, now: days(101) })).rejects.toThrow('it ended on')
  })
})

describe('nodes as they are typed', () => {
  it('have their host for a name, unless they are given one', () => {
    expect(nodeNames(['10.0.0.1', 'etcd-2=10.0.0.2/etcd-2.example'])).toEqual([
      { name: '10.0.0.1', hosts: ['10.0.0.1'] },
      { name: 'etcd-2', hosts: ['10.0.0.2', 'etcd-2.example'] },
    ])
  })

  it.each(['../up=10.0.0.1', 'a=b c', 'a=', 'a/b', '..', ''])('are refused as "%s"', (given) => {
    expect(() => nodeNames([given])).toThrow('is no node')
  })
})
