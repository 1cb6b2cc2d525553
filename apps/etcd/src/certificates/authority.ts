import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { ClusterError } from '../errors.js'
import { readIfThere, readThere, writeWhole } from '../files.js'
import { day, ownKeys, serialNumber } from './keys.js'
import { loadX509 } from './x509.js'

/** A CA. Without its key it can tell its certificates from others, and make none. */
export interface Authority {
  readonly certificate: X509Certificate
  readonly pem: string
  readonly key: KeyObject | undefined
}

/** Ten years: nothing replaces a CA by itself, and every machine of a cluster has to be told of the next one. */
const years = 10

/** Makes a CA that signs certificates and nothing else, and no further CA. */
export async function makeAuthority(name: string, certFile: string, keyFile: string): Promise<Authority> {
  const x509 = await loadX509()
  const { pair, pem: keyPem } = await ownKeys()
  const now = Date.now()
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [name] }],
    notBefore: new Date(now - day / 24),
    notAfter: new Date(now + years * 365 * day),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    keys: pair,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(pair.publicKey, false),
    ],
  })
  const pem = `${made.toString('pem')}\n`
  writeWhole(keyFile, keyPem)
  writeWhole(certFile, pem)
  return { certificate: new X509Certificate(pem), pem, key: createPrivateKey(keyPem) }
}

/** Undefined when there is none; an error when there is one that cannot be used. */
export function readAuthority(certFile: string, keyFile: string | undefined, now: number): Authority | undefined {
  const pem = readIfThere(certFile)
  if (pem === undefined) return undefined
  const certificate = parsed(certFile, () => new X509Certificate(pem))
  const refuse = (reason: string) => ClusterError.badCa({ file: certFile, reason })
  if (!certificate.ca) throw refuse('it is no CA certificate')
  if (Date.parse(certificate.validTo) <= now) throw refuse(`it ended on ${certificate.validTo}`)
  const keyPem = keyFile === undefined ? undefined : readIfThere(keyFile)
  if (keyFile === undefined || keyPem === undefined) return { certificate, pem, key: undefined }
  const key = parsed(keyFile, () => createPrivateKey(keyPem))
  if (!certificate.checkPrivateKey(key)) throw refuse(`${keyFile} is not its key`)
  return { certificate, pem, key }
}

/** The operator's own, named by flags: both files must be there. */
export function givenAuthority(certFile: string, keyFile: string | undefined, now: number): Authority {
  for (const file of [certFile, ...(keyFile === undefined ? [] : [keyFile])]) readThere(file)
  const found = readAuthority(certFile, keyFile, now)
  if (!found) throw ClusterError.unreadable({ path: certFile, reason: 'ENOENT' })
  return found
}

/** The reason is a code or a word: what the file holds may be a key, and is not repeated. */
function parsed<T>(file: string, parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    throw ClusterError.badCa({ file, reason: 'it is not PEM, or it has a passphrase' }, { cause })
  }
}
