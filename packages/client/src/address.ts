import { ClientError } from './errors.js'
import { fetchExchange } from './exchange.js'
import { httpTransport } from './http.js'
import { nodeExchange } from './node/lazy.js'
import type { Transport } from './question.js'

/** The transport an address asks for. `inproc:` and `grpc:` have none here: whoever has one hands it over. */
export function transportFor(address: string): Transport {
  const { base, socketPath } = parseAddress(address)
  return httpTransport(base, socketPath === undefined ? fetchExchange : nodeExchange({ socketPath }))
}

/** Where HTTP goes for an address: a base for URLs and, for `unix:///path`, the socket. */
export function parseAddress(address: string): { readonly base: string; readonly socketPath?: string } {
  if (address.startsWith('unix:')) {
    const socketPath = address.replace(/^unix:(\/\/)?/, '')
    if (!socketPath.startsWith('/')) throw ClientError.badAddress({ address })
    return { base: 'http://localhost', socketPath }
  }
  if (!URL.canParse(address)) throw ClientError.badAddress({ address })
  const { protocol, origin, pathname, username, password } = new URL(address)
  if (protocol !== 'http:' && protocol !== 'https:') throw ClientError.needsTransport({ scheme: protocol })
  if (username || password) throw ClientError.badAddress({ address: `${origin}${pathname}` })
  return { base: `${origin}${pathname.replace(/\/+$/, '')}` }
}
