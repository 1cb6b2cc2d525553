import { isIP } from 'node:net'
import { ClusterError } from '../errors.js'
import type { NodeName } from './folder.js'

const hostName = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i

/** Nodes as they are typed: `HOST`, or `NAME=HOST/HOST` where a node is to have another name, or several. */
export function nodeNames(given: readonly string[]): NodeName[] {
  return given.map((one) => {
    const [name, hosts] = one.includes('=') ? [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1).split('/')] : [one, [one]]
    for (const host of hosts) if (isIP(host) === 0 && !hostName.test(host)) throw refuse(host)
    // It becomes the name of a folder.
    if (isIP(name) === 0 && !hostName.test(name)) throw refuse(name)
    return { name, hosts }
  })
}

const refuse = (given: string) => ClusterError.badName({ what: 'node', given, wanted: 'HOST, or NAME=HOST/HOST' })
