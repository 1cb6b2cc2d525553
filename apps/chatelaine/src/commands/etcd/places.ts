import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CliError, type Io } from '@chatelaine/cli'
import type { SurveyOptions } from '@chatelaine/etcd-cluster'

interface Given {
  readonly dir: string | undefined
  readonly endpoints: readonly string[]
  readonly 'ca-cert': string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
}

/** Where the members are and who asks them: by flags, else by etcdctl's environment, else by a folder of ours. */
export async function placesFor(given: Given, io: Io): Promise<SurveyOptions> {
  const { tlsOf } = await import('@chatelaine/etcd-cluster')
  const env = (name: string) => io.env[`ETCDCTL_${name}`] || undefined
  const at = (path: string | undefined) => (path === undefined ? undefined : resolve(io.cwd, path))
  const known = await folderFor(at(given.dir), io)
  const named = given.endpoints.length > 0 ? given.endpoints : (env('ENDPOINTS')?.split(',') ?? known?.endpoints ?? [])
  if (named.length === 0) throw CliError.usage({ problem: 'where is etcd? Give -endpoints=https://HOST:PORT,…, or -dir=FOLDER of etcd up' })
  const files = {
    caFile: at(given['ca-cert'] ?? env('CACERT')) ?? known?.files.caFile,
    certFile: at(given.cert ?? env('CERT')) ?? known?.files.certFile,
    keyFile: at(given.key ?? env('KEY')) ?? known?.files.keyFile,
  }
  const { caFile, certFile, keyFile } = files
  if (named.every((one) => one.startsWith('http://'))) return { endpoints: named, tls: {} }
  if (caFile === undefined || certFile === undefined || keyFile === undefined) {
    throw CliError.usage({ problem: 'etcd asks for a certificate: give -dir=FOLDER, or -ca-cert, -cert and -key' })
  }
  const endpoints = named.map((one) => (/^https?:\/\//.test(one) ? one : `https://${one}`))
  return { endpoints, tls: tlsOf({ caFile, certFile, keyFile }) }
}

async function folderFor(dir: string | undefined, io: Io) {
  const { certificatesIn, clientUrl, readRecord, userFiles } = await import('@chatelaine/etcd-cluster')
  const usual = resolve(io.cwd, 'etcd-data')
  const folder = dir ?? (existsSync(join(usual, 'cluster.json')) ? usual : undefined)
  if (folder === undefined) return undefined
  const record = readRecord(folder)
  return { endpoints: record?.nodes.map(clientUrl) ?? [], files: userFiles(record ? certificatesIn(folder) : folder, 'operator') }
}
