import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Taken } from '@chatelaine/builtin'
import type { Config, ListenerConfig } from './config.js'

/** Every file and folder that the configuration gives a purpose: no client may choose one of them for another. */
export function ownFiles({ storage, seal, listeners, logFile, pidFile, files }: Config): readonly Taken[] {
  const stored = storage?.type === 'embedded' ? [storage.path] : storage?.type === 'etcd' ? [storage.caFile, storage.certFile, storage.keyFile] : []
  const named = [...stored, seal?.path, ...listeners.flatMap(filesOf), logFile, pidFile]
  return [...named.flatMap((file) => (file ? [resolve(file)] : [])), ...files.map(configured)]
}

const filesOf = ({ address, tls }: ListenerConfig) => [
  ...('socketPath' in address ? [address.socketPath] : []), ...(tls ? [tls.certFile, tls.keyFile] : []),
]

/** Of a folder of configuration only what is read from it at the next start. */
function configured(path: string): Taken {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  return isFolder ? { folder: resolve(path), names: /\.(hcl|json)$/i } : resolve(path)
}
