import { asBoolean, asString, HclError, type Key, type Value } from '@chatelaine/hcl'
import type { ListenerConfig } from './config.js'

type TlsConfig = NonNullable<ListenerConfig['tls']>
export type TlsVersion = TlsConfig['minVersion']

/** What a listener says of TLS while it is being read. */
export interface TlsDraft {
  tlsDisable: boolean
  certFile: string | undefined
  keyFile: string | undefined
  minVersion: TlsVersion
  maxVersion: TlsVersion | undefined
  cipherSuites: string | undefined
  preferServerCiphers: boolean | undefined
  clientCaFile: string | undefined
  requireClientCert: Value | undefined
}

export const emptyTls = (tlsDisable: boolean): TlsDraft => ({
  tlsDisable, certFile: undefined, keyFile: undefined, minVersion: 'TLSv1.3', maxVersion: undefined, cipherSuites: undefined,
  preferServerCiphers: undefined, clientCaFile: undefined, requireClientCert: undefined,
})

export const tlsReaders = (draft: TlsDraft) => ({
  tls_disable: (v: Value) => (draft.tlsDisable = asBoolean(v)),
  tls_cert_file: (v: Value) => (draft.certFile = asString(v)),
  tls_key_file: (v: Value) => (draft.keyFile = asString(v)),
  tls_min_version: (v: Value) => (draft.minVersion = versionOf(v)),
  tls_max_version: (v: Value) => (draft.maxVersion = versionOf(v)),
  tls_cipher_suites: (v: Value) => (draft.cipherSuites = ciphersOf(v)),
  tls_prefer_server_cipher_suites: (v: Value) => (draft.preferServerCiphers = asBoolean(v)),
  tls_client_ca_file: (v: Value) => (draft.clientCaFile = asString(v)),
  tls_require_and_verify_client_cert: (v: Value) => (draft.requireClientCert = asBoolean(v) ? v : undefined),
  // This server asks for certificates only where an authority for them is named.
  tls_disable_client_certs: (v: Value) => void asBoolean(v),
})

const versions: Readonly<Record<string, TlsVersion>> = { tls12: 'TLSv1.2', tls13: 'TLSv1.3' }

function versionOf(value: Value): TlsVersion {
  const version = versions[asString(value)]
  if (!version) throw new HclError('expected "tls12" or "tls13"', value.at)
  return version
}

/** Vault names suites as Go does, and OpenSSL has names of its own. Suites without forward secrecy or authentication of the bytes are not offered. */
const suites: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
}

/** TLS 1.3 has suites of its own, none of which is weak: as in Go, the setting does not choose among them. */
const always = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256']

function ciphersOf(value: Value): string {
  const names = asString(value).split(',').map((name) => name.trim()).filter((name) => name !== '' && !always.includes(name))
  const known = names.map((name) => (Object.hasOwn(suites, name) ? suites[name] : undefined))
  const unknown = known.findIndex((name) => name === undefined)
  if (unknown >= 0) {
    throw new HclError(`suite ${unknown + 1} is none that this server offers; it offers ${Object.keys(suites).filter((name) => name.endsWith('GCM_SHA256') || name.endsWith('GCM_SHA384') || name.endsWith('1305')).join(', ')}`, value.at)
  }
  return [...always, ...known].join(':')
}

/** Undefined without TLS. Refuses what would leave connections less guarded than the file says. */
export function tlsOf(draft: TlsDraft, type: Key): ListenerConfig['tls'] {
  const { tlsDisable, certFile, keyFile, minVersion, maxVersion, cipherSuites, preferServerCiphers, clientCaFile, requireClientCert } = draft
  if (tlsDisable) {
    if (requireClientCert) throw new HclError('certificates of clients need TLS: remove tls_disable, or tls_require_and_verify_client_cert', requireClientCert.at)
    return undefined
  }
  if (!certFile || !keyFile) {
    throw new HclError('listener "tcp" needs tls_cert_file and tls_key_file, or tls_disable = true behind something that does TLS', type.at)
  }
  if (maxVersion !== undefined && maxVersion < minVersion) throw new HclError('tls_max_version is lower than tls_min_version, which is tls13 when left out', type.at)
  if (requireClientCert && !clientCaFile) throw new HclError('tls_require_and_verify_client_cert needs tls_client_ca_file, the authority of those certificates', requireClientCert.at)
  return {
    certFile,
    keyFile,
    minVersion,
    ...(maxVersion !== undefined && { maxVersion }),
    ...(cipherSuites !== undefined && { ciphers: cipherSuites }),
    ...(preferServerCiphers !== undefined && { preferServerCiphers }),
    ...(clientCaFile !== undefined && { clientCaFile, requireClientCert: requireClientCert !== undefined }),
  }
}
