import type { Files } from '../certificates/folder.js'

interface Facts {
  readonly endpoints: readonly string[]
  readonly prefix: string
  readonly files: Files
}

/** The storage of a server's configuration, in the words that Vault has for it. */
export function storageStanza({ endpoints, prefix, files }: Facts): string {
  const settings = {
    address: endpoints.join(','),
    path: prefix,
    tls_ca_file: files.caFile,
    tls_cert_file: files.certFile,
    tls_key_file: files.keyFile,
  }
  const lines = Object.entries(settings).map(([name, value]) => `  ${name.padEnd(13)} = ${JSON.stringify(value)}`)
  return ['storage "etcd" {', ...lines, '}', ''].join('\n')
}
