import type { EtcdTls } from '@chatelaine/etcd'
import { readFileSync } from 'node:fs'
import { ClusterError } from './errors.js'
import { codeOf } from './files.js'
import type { Files } from './certificates/folder.js'

/** The certificates in files, as a connection takes them. */
export const tlsOf = ({ caFile, certFile, keyFile }: Files): EtcdTls => ({ ca: bytesOf(caFile), cert: bytesOf(certFile), key: bytesOf(keyFile) })

function bytesOf(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw ClusterError.unreadable({ path, reason: codeOf(cause) }, { cause })
  }
}
