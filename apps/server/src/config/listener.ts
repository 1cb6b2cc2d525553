import { asBoolean, asNumber, asString, HclError, readEntries, type Key, type ObjectValue, type Value } from '@chatelaine/hcl'
import type { ListenerConfig } from './config.js'
import { duration } from './duration.js'

interface Draft {
  address: string | undefined
  tlsDisable: boolean
  certFile: string | undefined
  keyFile: string | undefined
  minVersion: 'TLSv1.2' | 'TLSv1.3'
  maxRequestSize: number | undefined
  maxRequestDuration: number | undefined
  requireRequestHeader: boolean
  mode: number | undefined
}

const versions: Readonly<Record<string, Draft['minVersion']>> = { tls12: 'TLSv1.2', tls13: 'TLSv1.3' }

/** `listener "tcp" { … }` or `listener "unix" { … }`, with the names Vault gives their settings. */
export function readListener(type: Key, body: ObjectValue): ListenerConfig {
  const unix = type.name === 'unix'
  if (!unix && type.name !== 'tcp') throw new HclError(`unknown listener ${JSON.stringify(type.name)}: this server has "tcp" and "unix"`, type.at)
  const draft: Draft = {
    address: undefined, tlsDisable: unix, certFile: undefined, keyFile: undefined, minVersion: 'TLSv1.3', mode: undefined,
    maxRequestSize: undefined, maxRequestDuration: undefined, requireRequestHeader: false,
  }
  readEntries(body, {
    once: {
      address: (v) => (draft.address = asString(v)),
      max_request_size: (v) => (draft.maxRequestSize = asNumber(v)),
      max_request_duration: (v) => (draft.maxRequestDuration = duration(v)),
      require_request_header: (v) => (draft.requireRequestHeader = asBoolean(v)),
      ...(unix ? unixReaders(draft) : tcpReaders(draft)),
    },
  })
  return {
    address: unix ? socketOf(draft, type) : addressOf(draft.address ?? '127.0.0.1:8200', type),
    tls: tlsOf(draft, type),
    maxRequestSize: draft.maxRequestSize,
    maxRequestDuration: draft.maxRequestDuration,
    requireRequestHeader: draft.requireRequestHeader,
  }
}

const tcpReaders = (draft: Draft) => ({
  tls_disable: (v: Value) => (draft.tlsDisable = asBoolean(v)),
  tls_cert_file: (v: Value) => (draft.certFile = asString(v)),
  tls_key_file: (v: Value) => (draft.keyFile = asString(v)),
  tls_min_version: (v: Value) => {
    const version = versions[asString(v)]
    if (!version) throw new HclError('expected "tls12" or "tls13"', v.at)
    draft.minVersion = version
  },
  cluster_address: (v: Value) => void asString(v),
})

const unixReaders = (draft: Draft) => ({
  socket_mode: (v: Value) => {
    const text = v.kind === 'number' ? v.text : asString(v)
    if (!/^0?[0-7]{3}$/.test(text)) throw new HclError('expected a file mode such as "0660"', v.at)
    draft.mode = Number.parseInt(text, 8)
  },
})

function socketOf({ address, mode }: Draft, type: Key): ListenerConfig['address'] {
  if (!address) throw new HclError('listener "unix" needs address, the path of its socket', type.at)
  return { socketPath: address, ...(mode !== undefined && { mode }) }
}

/** `host:port`, `:port` for every address, `[::1]:port`. */
export function addressOf(text: string, type: Key): { host: string; port: number } {
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([^:]*)):(\d{1,5})$/.exec(text)
  const port = Number(found?.[3])
  if (!found || port > 65_535) throw new HclError(`address must be host:port, as in "127.0.0.1:8200"`, type.at)
  return { host: found[1] ?? (found[2] || '0.0.0.0'), port }
}

function tlsOf({ tlsDisable, certFile, keyFile, minVersion }: Draft, type: Key): ListenerConfig['tls'] {
  if (tlsDisable) return undefined
  if (!certFile || !keyFile) {
    throw new HclError('listener "tcp" needs tls_cert_file and tls_key_file, or tls_disable = true behind something that does TLS', type.at)
  }
  return { certFile, keyFile, minVersion }
}
