import { BlockList, isIP } from 'node:net'
import type { Remote } from '@chatelaine/sdk'
import { HttpError } from '../errors.js'

/** Proxies in front of a door, whose word for where a request came from is believed. */
export interface Forwarded {
  /** Addresses and networks, such as `10.0.0.0/8`. */
  readonly authorized: readonly string[]
  /** How many proxies stand between the client and the one that speaks to us: their entries are skipped from the right. */
  readonly hopSkips: number
  /** Refuses a request that carries the header and comes from elsewhere; otherwise its header counts for nothing. */
  readonly rejectNotAuthorized: boolean
  /** Refuses a request without the header. */
  readonly rejectNotPresent: boolean
}

/** Where a request came from: the address of the connection, or what a trusted proxy says of it in `X-Forwarded-For`. */
export type RemoteOf = (peer: Remote | undefined, header: string | readonly string[] | undefined) => Remote | undefined

/** An address that a proxy passed on says which client asked, so only entries that a trusted proxy wrote may count. */
export function remoteBy({ authorized, hopSkips, rejectNotAuthorized, rejectNotPresent }: Forwarded): RemoteOf {
  const trusted = networks(authorized)
  return (peer, header) => {
    if (header === undefined) {
      if (rejectNotPresent) throw HttpError.notForwarded()
      return peer
    }
    if (!peer || !holds(trusted, peer.address)) {
      if (rejectNotAuthorized) throw HttpError.forwarderUnknown()
      return peer
    }
    const chain = (typeof header === 'string' ? header : header.join(',')).split(',').map((one) => one.trim())
    const address = chain[chain.length - 1 - hopSkips]
    if (address === undefined || isIP(address) === 0) throw HttpError.badForwardedFor()
    return { address, port: peer.port }
  }
}

function networks(all: readonly string[]): BlockList {
  const list = new BlockList()
  for (const one of all) {
    const [address = '', bits] = one.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}

/** A socket that listens for both families names IPv4 clients as `::ffff:10.0.0.1`. */
function holds(list: BlockList, address: string): boolean {
  const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address
  return isIP(plain) !== 0 && list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4')
}
