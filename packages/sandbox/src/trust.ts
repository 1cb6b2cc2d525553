import { addPublicKey } from '@mtcute/core/utils.js'
import { NodeCryptoProvider } from '@mtcute/node/utils.js'
import type { Sandbox } from './sandbox.js'
import { DATA_CENTER } from './services/help.js'

/** For mtcute's `defaultDcs`. A stored session carries its own data centres, which win over these. */
export function dataCenters({ host, port }: Pick<Sandbox, 'host' | 'port'>) {
  const main = { id: DATA_CENTER, ipAddress: host, port }
  return { main, media: { ...main, mediaOnly: true } }
}

/**
 * Makes every mtcute client of this process trust the sandbox's key. mtcute keeps one table for all clients and never
 * forgets; that is harmless only because the key's private half dies with the sandbox.
 */
export function trust({ publicKeyPem }: Pick<Sandbox, 'publicKeyPem'>): void {
  addPublicKey(new NodeCryptoProvider(), publicKeyPem)
}
