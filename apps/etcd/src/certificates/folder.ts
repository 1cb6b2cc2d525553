import { join } from 'node:path'

/** Who asks etcd for something: each a user of etcd, known by the name in its certificate. */
export const users = ['root', 'chatelaine', 'operator', 'backup'] as const
export type User = (typeof users)[number]

export interface Files {
  readonly caFile: string
  readonly certFile: string
  readonly keyFile: string
}

export interface NodeName {
  readonly name: string
  /** Where it is found: addresses and names. */
  readonly hosts: readonly string[]
}

/**
 * Two CAs, so that neither side can pass for the other: `ca` for who asks and who answers, `peer-ca` for the members among
 * themselves. A Vault's certificate opens no peer's port, and a member's says nothing to the port for clients.
 */
export const authorityFiles = (folder: string) => ({ certFile: join(folder, 'ca.crt'), keyFile: join(folder, 'ca.key') })
export const peerAuthorityFiles = (folder: string) => ({ certFile: join(folder, 'peer-ca.crt'), keyFile: join(folder, 'peer-ca.key') })

const pairIn = (folder: string, name: string) => ({ certFile: join(folder, `${name}.crt`), keyFile: join(folder, `${name}.key`) })

export const userFiles = (folder: string, user: User): Files => ({ caFile: authorityFiles(folder).certFile, ...pairIn(join(folder, 'users'), user) })
export const serverFiles = (folder: string, node: string): Files => ({ caFile: authorityFiles(folder).certFile, ...pairIn(join(folder, 'nodes', node), 'server') })
export const peerFiles = (folder: string, node: string): Files => ({ caFile: peerAuthorityFiles(folder).certFile, ...pairIn(join(folder, 'nodes', node), 'peer') })
