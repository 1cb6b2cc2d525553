import { createVault, httpTransport, nodeExchange, parseAddress, type Exchange, type Vault } from '@chatelaine/client'
import { readFile } from 'node:fs/promises'
import { CliError } from '../errors.js'
import type { Io } from '../io.js'
import { curlInstead } from '../output/curl.js'
import type { Settings } from './settings.js'
import { storedToken } from './token-file.js'

/**
 * The two ways a command asks: `vault`, which `-output-curl-string` turns into a printed line, and `aside`, which always asks.
 * Nothing is opened and no file read before the first question, so that a command that asks none cannot fail over them.
 */
export function connect(settings: Settings, io: Io): { readonly vault: Vault; readonly aside: Vault } {
  const wire = once(() => openWire(settings))
  const over = (curl: boolean, headers: Readonly<Record<string, string>>) =>
    createVault({
      address: settings.address,
      token: settings.token ?? (() => storedToken(io)),
      namespace: settings.namespace,
      headers,
      retry: { retries: settings.retries },
      timeout: settings.timeout,
      transport: async (question) => {
        const { base, exchange, socketPath } = await wire()
        return httpTransport(base, curl ? curlInstead(settings, socketPath) : exchange)(question)
      },
    })
  // Only what a command asks for the user is wrapped, not what it asks on the way.
  const wrapped = settings.wrapTtl === undefined ? {} : { 'X-Vault-Wrap-TTL': settings.wrapTtl }
  return { vault: over(settings.curl, { ...settings.headers, ...wrapped }), aside: over(false, settings.headers) }
}

interface Wire {
  readonly base: string
  readonly exchange: Exchange
  readonly socketPath?: string
}

async function openWire({ address, caFile, certFile, keyFile, serverName, skipVerify }: Settings): Promise<Wire> {
  const at = parseAddress(address)
  const [ca, cert, key] = await Promise.all([pem(caFile), pem(certFile), pem(keyFile)])
  return { ...at, exchange: nodeExchange({ ca, cert, key, serverName, skipVerify, socketPath: at.socketPath }) }
}

function once<V>(make: () => Promise<V>): () => Promise<V> {
  let made: Promise<V> | undefined
  return () => (made ??= make())
}

async function pem(path: string | undefined): Promise<Uint8Array | undefined> {
  if (path === undefined) return undefined
  try {
    return await readFile(path)
  } catch (error) {
    throw CliError.unreadableFile({ path, code: (error as NodeJS.ErrnoException).code ?? 'unknown' }, { cause: error })
  }
}
