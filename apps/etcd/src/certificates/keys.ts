import { randomBytes, webcrypto, type KeyObject } from 'node:crypto'

export const day = 86_400_000

/** A key pair of P-256, and its private half as PEM. The PEM is a string, which cannot be wiped; it lives until it is written. */
export async function ownKeys(): Promise<{ readonly pair: webcrypto.CryptoKeyPair; readonly pem: string }> {
  const pair = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const bytes = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', pair.privateKey))
  const lines = bytes.toString('base64').replace(/.{64}(?=.)/g, '$&\n')
  bytes.fill(0)
  return { pair, pem: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n` }
}

/** Positive, and without a leading zero byte, in hex: RFC 5280 asks for both. 126 bits of it are chance. */
export function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes.toString('hex')
}

type Imported = { readonly key: webcrypto.CryptoKey; readonly algorithm: { readonly name: string; readonly hash?: string } }

/** A CA's key, of whichever kind it is, as what WebCrypto signs with. */
export async function signingKey(key: KeyObject): Promise<Imported | undefined> {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  const curve = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }[details?.namedCurve ?? '']
  const bytes = key.export({ type: 'pkcs8', format: 'der' })
  const imported = (algorithm: webcrypto.EcKeyImportParams | webcrypto.RsaHashedImportParams) =>
    webcrypto.subtle.importKey('pkcs8', bytes, algorithm, false, ['sign'])
  try {
    if (type === 'ec' && curve) {
      const hash = { 'P-256': 'SHA-256', 'P-384': 'SHA-384', 'P-521': 'SHA-512' }[curve] ?? 'SHA-256'
      return { key: await imported({ name: 'ECDSA', namedCurve: curve }), algorithm: { name: 'ECDSA', hash } }
    }
    if (type === 'rsa') return { key: await imported({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }), algorithm: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } }
    return undefined
  } finally {
    bytes.fill(0)
  }
}
