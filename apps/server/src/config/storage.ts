import { asBoolean, asNumber, asString, asStrings, HclError, readEntries, type Key, type ObjectValue, type Value } from '@chatelaine/hcl'
import type { EtcdConfig, StorageConfig } from './config.js'
import { milliseconds } from './duration.js'

/** `storage "embedded" { … }`, `storage "etcd" { … }` or `storage "inmem" {}`. */
export function readStorage(type: Key, body: ObjectValue): StorageConfig {
  const read = readers[type.name]
  if (read) return read(type, body)
  if (ofVault.includes(type.name)) {
    throw new HclError(`storage ${JSON.stringify(type.name)} is one of Vault's, whose data this server cannot open: choose "embedded" or "etcd" here, and copy what it holds over the API (docs/coming-from-vault.md)`, type.at)
  }
  throw new HclError(`unknown storage ${JSON.stringify(type.name)}: this server has "embedded" (a folder on this machine), "etcd" and "inmem"`, type.at)
}

/** What a deployment of Vault or OpenBao may keep its data in. */
const ofVault = ['raft', 'file', 'consul', 'postgresql', 'mysql', 'dynamodb', 's3', 'gcs', 'azure', 'zookeeper', 'cassandra', 'mssql', 'spanner', 'swift', 'oci', 'cockroachdb', 'couchdb', 'foundationdb', 'aerospike', 'alicloudoss', 'manta']

const readers: Readonly<Record<string, (type: Key, body: ObjectValue) => StorageConfig>> = {
  inmem(_, body) {
    readEntries(body, {})
    return { type: 'inmem' }
  },
  embedded(type, body) {
    let path: string | undefined
    readEntries(body, { once: { path: (v) => (path = asString(v)) } })
    if (!path) throw new HclError('storage "embedded" needs path, the folder to keep it in', type.at)
    return { type: 'embedded', path }
  },
  etcd: readEtcd,
}

type Draft = { -readonly [K in keyof EtcdConfig]: EtcdConfig[K] }

function readEtcd(type: Key, body: ObjectValue): EtcdConfig {
  const draft: Draft = {
    type: 'etcd', endpoints: [], discoverySrv: undefined, discoverySrvName: undefined, path: '/vault', caFile: undefined, certFile: undefined,
    keyFile: undefined, serverName: undefined, username: undefined, password: undefined, requestTimeout: undefined, lockTimeout: undefined,
    maxStaleness: 0, cacheSize: undefined, allowVersion: undefined,
  }
  readEntries(body, {
    once: {
      address: (v) => (draft.endpoints = endpointsOf(v)),
      discovery_srv: (v) => (draft.discoverySrv = asString(v)),
      discovery_srv_name: (v) => (draft.discoverySrvName = asString(v)),
      path: (v) => (draft.path = asString(v)),
      tls_ca_file: (v) => (draft.caFile = asString(v)),
      tls_cert_file: (v) => (draft.certFile = asString(v)),
      tls_key_file: (v) => (draft.keyFile = asString(v)),
      tls_server_name: (v) => (draft.serverName = asString(v)),
      username: (v) => (draft.username = asString(v)),
      password: (v) => (draft.password = asString(v)),
      request_timeout: (v) => (draft.requestTimeout = milliseconds(v)),
      lock_timeout: (v) => (draft.lockTimeout = milliseconds(v)),
      max_staleness: (v) => (draft.maxStaleness = milliseconds(v)),
      cache_size: (v) => (draft.cacheSize = bytes(v)),
      allow_version: (v) => (draft.allowVersion = asString(v)),
      // What Vault's stanza also knows, and what makes no difference here: every node is active, the endpoints are those that
      // are named, answers may be of any size, and there is one API of etcd's.
      ha_enabled: (v) => void asBoolean(v),
      sync: (v) => void asBoolean(v),
      max_receive_size: (v) => void asNumber(v),
      etcd_api: (v) => apiVersion(v),
    },
  })
  if ((draft.certFile === undefined) !== (draft.keyFile === undefined)) {
    throw new HclError('storage "etcd" needs tls_cert_file and tls_key_file together', type.at)
  }
  return draft
}

/** A list, or Vault's own form: one string with commas. */
const endpointsOf = (value: Value): string[] =>
  (value.kind === 'list' ? asStrings(value) : asString(value).split(',')).map((one) => one.trim()).filter((one) => one !== '')

function apiVersion(value: Value): void {
  const version = value.kind === 'number' ? value.text : asString(value)
  if (!/^v?3$/.test(version)) throw new HclError('this server speaks version 3 of etcd\'s API', value.at)
}

const units: Readonly<Record<string, number>> = { '': 1, kib: 1 << 10, mib: 1 << 20, gib: 1 << 30 }

/** 268435456 or "256MiB". */
function bytes(value: Value): number {
  const [, digits, unit = ''] = /^(\d+)\s*([a-z]*)$/i.exec(value.kind === 'number' ? value.text : asString(value)) ?? []
  const factor = units[unit.toLowerCase()]
  if (digits === undefined || factor === undefined) throw new HclError('expected a size such as "256MiB"', value.at)
  return Number(digits) * factor
}
