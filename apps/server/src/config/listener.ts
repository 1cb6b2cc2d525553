import { asBoolean, asString, HclError, readEntries, type Key, type ObjectValue, type Value } from '@chatelaine/hcl'
import type { ListenerConfig } from './config.js'
import { asAddress } from './addresses.js'
import { duration, milliseconds } from './duration.js'
import { foreignToListener, type Warn } from './foreign.js'
import { boundReaders, count, type Bounds } from './listener-bounds.js'
import { emptyForwarded, forwardedOf, forwardedReaders } from './listener-forwarded.js'
import { responseHeadersOf } from './listener-headers.js'
import { emptyTls, tlsOf, tlsReaders } from './listener-tls.js'

interface Draft {
  address: string | undefined
  maxRequestSize: number | undefined
  maxRequestDuration: number | undefined
  requireRequestHeader: boolean
  mode: number | undefined
  readHeaderMs: number | undefined
  readMs: number | undefined
  idleMs: number | undefined
  responseHeaders: ListenerConfig['responseHeaders']
  bounds: Bounds
}

/** `listener "tcp" { … }` or `listener "unix" { … }`, with the names Vault gives their settings. */
export function readListener(type: Key, body: ObjectValue, warn: Warn = () => undefined): ListenerConfig {
  const unix = type.name === 'unix'
  if (!unix && type.name !== 'tcp') throw new HclError(`unknown listener ${JSON.stringify(type.name)}: this server has "tcp" and "unix"`, type.at)
  const draft: Draft = {
    address: undefined, mode: undefined, maxRequestSize: undefined, maxRequestDuration: undefined, requireRequestHeader: false,
    readHeaderMs: undefined, readMs: undefined, idleMs: undefined, responseHeaders: undefined, bounds: {},
  }
  const [tls, forwarded] = [emptyTls(unix), emptyForwarded()]
  readEntries(body, {
    once: { ...commonReaders(draft), ...(unix ? unixReaders(draft) : { ...tcpReaders(draft), ...tlsReaders(tls), ...forwardedReaders(forwarded) }) },
    many: foreignToListener(warn),
  })
  const { readHeaderMs, readMs, idleMs, responseHeaders } = draft
  const proxies = forwardedOf(forwarded)
  return {
    address: unix ? socketOf(draft, type) : addressOf(draft.address ?? '127.0.0.1:8200', type),
    tls: tlsOf(tls, type),
    maxRequestSize: draft.maxRequestSize,
    maxRequestDuration: draft.maxRequestDuration,
    requireRequestHeader: draft.requireRequestHeader,
    ...((readHeaderMs ?? readMs ?? idleMs) !== undefined && { timeouts: { readHeaderMs, readMs, idleMs } }),
    ...(responseHeaders && { responseHeaders }),
    ...(proxies && { forwarded: proxies }),
    ...(Object.keys(draft.bounds).length > 0 && { bounds: draft.bounds }),
  }
}

const commonReaders = (draft: Draft) => ({
  max_request_size: (v: Value) => (draft.maxRequestSize = count(v)),
  max_request_duration: (v: Value) => (draft.maxRequestDuration = duration(v)),
  require_request_header: (v: Value) => (draft.requireRequestHeader = asBoolean(v)),
  http_read_header_timeout: (v: Value) => (draft.readHeaderMs = milliseconds(v)),
  http_read_timeout: (v: Value) => (draft.readMs = milliseconds(v)),
  http_idle_timeout: (v: Value) => (draft.idleMs = milliseconds(v)),
  ...boundReaders(draft.bounds),
  custom_response_headers: (v: Value) => (draft.responseHeaders = responseHeadersOf(v)),
})

const tcpReaders = (draft: Draft) => ({
  address: (v: Value) => (draft.address = asAddress(v)),
  // Nodes talk to each other through the storage alone.
  cluster_address: (v: Value) => void asString(v),
})

const unixReaders = (draft: Draft) => ({
  address: (v: Value) => (draft.address = asString(v)),
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
