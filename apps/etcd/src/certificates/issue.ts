import { createPrivateKey, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { ClusterError } from '../errors.js'
import { readIfThere, writeWhole } from '../files.js'
import type { Authority } from './authority.js'
import { day, ownKeys, serialNumber, signingKey } from './keys.js'
import { loadX509 } from './x509.js'

/** What a certificate says, and so what its holder may do. */
export interface Wanted {
  readonly name: string
  /** The names and addresses it is good for, where it is a server's. */
  readonly hosts: readonly string[]
  readonly server: boolean
  readonly client: boolean
}

const purposes = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' }
const purposesOf = ({ server, client }: Wanted) => [...(server ? [purposes.server] : []), ...(client ? [purposes.client] : [])]

const lasts = 365 * day
/** One that ends sooner is replaced when somebody looks. */
const soon = 30 * day

/** Why what lies there will not do; undefined when it does. */
export function faultOf(files: { readonly certFile: string; readonly keyFile: string }, wanted: Wanted, ca: Authority, now: number): string | undefined {
  const [pem, keyPem] = [readIfThere(files.certFile), readIfThere(files.keyFile)]
  if (pem === undefined || keyPem === undefined) return 'new'
  const found = parsedPair(pem, keyPem)
  if (!found) return 'what was there is not a certificate and its key'
  if (!found.checkIssued(ca.certificate) || !found.verify(ca.certificate.publicKey)) return 'what was there is of another CA'
  if (Date.parse(found.validTo) - now < soon) return Date.parse(found.validTo) < now ? 'it had ended' : 'it was about to end'
  if (!says(found, wanted)) return 'it said something else'
  return undefined
}

function parsedPair(pem: string, keyPem: string): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(pem)
    return certificate.checkPrivateKey(createPrivateKey(keyPem)) ? certificate : undefined
  } catch {
    return undefined
  }
}

function says(found: X509Certificate, wanted: Wanted): boolean {
  const listed = found.subjectAltName?.split(', ') ?? []
  const hosts = wanted.hosts.every((host) => (isIP(host) ? found.checkIP(host) : found.checkHost(host, { subject: 'never' })))
  const same = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((one) => b.includes(one))
  return found.subject === `CN=${wanted.name}` && listed.length === wanted.hosts.length && hosts && same(found.keyUsage ?? [], purposesOf(wanted))
}

/** Makes a key and has the CA sign for it. The key first: a certificate without its key is noticed and made again, like the reverse. */
export async function issue(files: { readonly certFile: string; readonly keyFile: string }, wanted: Wanted, ca: Authority, now: number): Promise<void> {
  const x509 = await loadX509()
  const signer = ca.key && (await signingKey(ca.key))
  if (!signer) throw ClusterError.badCa({ file: 'the key of the CA', reason: 'it is of a kind that is not known here; RSA, P-256, P-384 and P-521 are' })
  const { pair, pem } = await ownKeys()
  const parent = new x509.X509Certificate(ca.pem)
  const subjectKeyId = parent.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ CN: [wanted.name] }],
    issuer: parent.subjectName,
    notBefore: new Date(Math.max(now - day / 24, parent.notBefore.getTime())),
    notAfter: new Date(Math.min(now + lasts, parent.notAfter.getTime())),
    signingAlgorithm: signer.algorithm,
    publicKey: pair.publicKey,
    signingKey: signer.key,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(purposesOf(wanted)),
      ...(wanted.hosts.length > 0 ? [new x509.SubjectAlternativeNameExtension(wanted.hosts.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value }) as const))] : []),
      await x509.SubjectKeyIdentifierExtension.create(pair.publicKey, false),
      ...(subjectKeyId === undefined ? [] : [new x509.AuthorityKeyIdentifierExtension(subjectKeyId)]),
    ],
  })
  writeWhole(files.keyFile, pem)
  writeWhole(files.certFile, `${made.toString('pem')}\n`)
}
