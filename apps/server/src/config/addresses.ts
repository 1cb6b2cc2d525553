import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os'
import { asString, HclError, type Value } from '@chatelaine/hcl'

export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

const template = /\{\{\s*(.*?)\s*\}\}/g
const known = '{{ GetPrivateIP }}, {{ GetPublicIP }} and {{ GetInterfaceIP "eth0" }}'

/**
 * An address in which the templates that people use of go-sockaddr are replaced by an address of this machine. A template that
 * this server cannot evaluate is refused where it stands: taken literally it would be an address that leads nowhere.
 */
export function asAddress(value: Value, interfaces: () => Interfaces = networkInterfaces): string {
  const text = asString(value)
  if (!text.includes('{{')) return text
  const evaluated = text.replace(template, (whole, source: string) => {
    const choose = chooserOf(source)
    if (!choose) throw new HclError(`this server evaluates ${known} in an address, and no other template; write the address itself`, value.at)
    const found = choose(interfaces())
    if (found === undefined) throw new HclError(`${whole} finds no such address on this machine; write the address itself`, value.at)
    return found
  })
  if (evaluated.includes('{{')) throw new HclError('a template in an address begins with {{ and ends with }}', value.at)
  return evaluated
}

type Choose = (interfaces: Interfaces) => string | undefined

function chooserOf(source: string): Choose | undefined {
  if (source === 'GetPrivateIP') return (interfaces) => outward(interfaces).find(isPrivate)
  if (source === 'GetPublicIP') return (interfaces) => outward(interfaces).find((address) => !isPrivate(address) && !isSpecial(address))
  const name = /^GetInterfaceIP\s+"([^"]+)"$/.exec(source)?.[1]
  return name === undefined ? undefined : (interfaces) => ofInterface(interfaces[name] ?? [])
}

/** IPv4 addresses that other machines could reach, in the order in which the system names its interfaces. */
const outward = (interfaces: Interfaces): string[] =>
  Object.values(interfaces).flatMap((all) => (all ?? []).filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address))

const ofInterface = (all: readonly NetworkInterfaceInfo[]) => (all.find(({ family }) => family === 'IPv4') ?? all[0])?.address

/** RFC 1918. */
const isPrivate = (address: string) => /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address)

/** Link-local addresses, and those that providers share among their customers (RFC 6598). */
const isSpecial = (address: string) => /^(169\.254\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(address)
