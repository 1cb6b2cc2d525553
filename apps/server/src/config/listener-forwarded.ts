import { isIP } from 'node:net'
import { asBoolean, asNumber, asString, asStrings, HclError, type Value } from '@chatelaine/hcl'
import type { ListenerConfig } from './config.js'

/** What a listener says of proxies in front of it while it is being read. */
export interface ForwardedDraft {
  authorized: readonly string[] | undefined
  hopSkips: number
  rejectNotAuthorized: boolean
  rejectNotPresent: boolean
}

export const emptyForwarded = (): ForwardedDraft => ({ authorized: undefined, hopSkips: 0, rejectNotAuthorized: true, rejectNotPresent: true })

export const forwardedReaders = (draft: ForwardedDraft) => ({
  x_forwarded_for_authorized_addrs: (v: Value) => (draft.authorized = networksOf(v)),
  x_forwarded_for_hop_skips: (v: Value) => {
    draft.hopSkips = asNumber(v)
    if (!Number.isInteger(draft.hopSkips) || draft.hopSkips < 0) throw new HclError('expected a whole number that is not negative', v.at)
  },
  x_forwarded_for_reject_not_authorized: (v: Value) => (draft.rejectNotAuthorized = asBoolean(v)),
  x_forwarded_for_reject_not_present: (v: Value) => (draft.rejectNotPresent = asBoolean(v)),
})

/** A list, or one string with commas, of addresses and networks. */
function networksOf(value: Value): string[] {
  const all = (value.kind === 'list' ? asStrings(value) : asString(value).split(',')).map((one) => one.trim()).filter((one) => one !== '')
  if (!all.every(isNetwork)) throw new HclError('expected addresses or networks such as "10.0.0.0/8"', value.at)
  return all
}

function isNetwork(text: string): boolean {
  const [address = '', bits, more] = text.split('/')
  const family = isIP(address)
  return family !== 0 && more === undefined && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)))
}

/** Undefined where no proxy is trusted: then nobody's word about an address counts. */
export const forwardedOf = ({ authorized, ...rules }: ForwardedDraft): ListenerConfig['forwarded'] => (authorized ? { authorized, ...rules } : undefined)
