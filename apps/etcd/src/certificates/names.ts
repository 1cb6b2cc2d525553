import { X509Certificate } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { ClusterError } from '../errors.js'
import { readIfThere } from '../files.js'
import { serverFiles, type NodeName } from './folder.js'

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

/** The nodes that a folder has certificates for, so that these are renewed though nobody names them again. */
export function nodesIn(folder: string): NodeName[] {
  return namesIn(join(folder, 'nodes')).flatMap((name) => {
    const hosts = hostsOf(readIfThere(serverFiles(folder, name).certFile))
    return hosts.length > 0 ? [{ name, hosts }] : []
  })
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

function hostsOf(pem: string | undefined): string[] {
  try {
    const names = pem === undefined ? undefined : new X509Certificate(pem).subjectAltName
    return (names ?? '').split(', ').flatMap((one) => /^(?:DNS|IP Address):(.+)$/.exec(one)?.[1] ?? [])
  } catch {
    return []
  }
}
