import type { Files } from '../certificates/folder.js'

export interface Shape {
  readonly name: string
  readonly address: string
  readonly port: number
}

export interface Arguments {
  readonly node: Shape
  readonly all: readonly Shape[]
  readonly dataFolder: string
  readonly server: Files
  readonly peer: Files
  readonly quotaBytes?: number | undefined
  readonly noFsync?: boolean | undefined
  readonly extra?: readonly string[] | undefined
}

const host = (address: string) => (address.includes(':') ? `[${address}]` : address)
export const clientUrl = ({ address, port }: Shape): string => `https://${host(address)}:${port}`
export const peerUrl = ({ address, port }: Shape): string => `https://${host(address)}:${port + 1}`

/**
 * Both ports ask for a certificate, each of its own CA. The JSON gateway is off: it would ask the member with the member's own
 * certificate, and that would have to pass for a client's.
 */
export const tlsFlags = (server: Files, peer: Files): Readonly<Record<string, string>> => ({
  'client-cert-auth': 'true', 'trusted-ca-file': server.caFile, 'cert-file': server.certFile, 'key-file': server.keyFile,
  'peer-client-cert-auth': 'true', 'peer-trusted-ca-file': peer.caFile, 'peer-cert-file': peer.certFile, 'peer-key-file': peer.keyFile,
  'enable-grpc-gateway': 'false',
})

/** The command line of a member, without the program. */
export function argumentsOf({ node, all, dataFolder, server, peer, quotaBytes, noFsync, extra = [] }: Arguments): string[] {
  const flags: Readonly<Record<string, string>> = {
    name: node.name,
    'data-dir': dataFolder,
    'listen-client-urls': clientUrl(node),
    'advertise-client-urls': clientUrl(node),
    'listen-peer-urls': peerUrl(node),
    'initial-advertise-peer-urls': peerUrl(node),
    'initial-cluster': all.map((one) => `${one.name}=${peerUrl(one)}`).join(','),
    'initial-cluster-token': 'chatelaine',
    ...tlsFlags(server, peer),
    logger: 'zap',
    'log-outputs': 'stderr',
    'auto-compaction-mode': 'periodic',
    'auto-compaction-retention': '5m',
    'quota-backend-bytes': String(quotaBytes ?? 8 * 2 ** 30),
  }
  return [...Object.entries(flags).map(([name, value]) => `--${name}=${value}`), ...(noFsync ? ['--unsafe-no-fsync'] : []), ...extra]
}
