import { createVault, httpTransport, nodeExchange, parseAddress, type Exchange, type Question, type Vault } from '@chatelaine/client'
import type { Io } from '../io.js'
import { printedInstead } from '../output/instead.js'
import type { Settings } from './settings.js'
import { storedToken } from './token-file.js'
import { readTrust } from './trust.js'

/** What is wrapped lives this long where nobody says how long, as in Vault's clients. */
const usualWrapTtl = '5m'

/**
 * The two ways a command asks: `vault`, which `-output-curl-string` and `-output-policy` turn into printed text, and `aside`,
 * which always asks. Nothing is opened and no file read before the first question, so that a command that asks none cannot fail
 * over them.
 */
export function connect(settings: Settings, io: Io): { readonly vault: Vault; readonly aside: Vault } {
  const wire = once(() => openWire(settings))
  const { redirects } = settings
  const over = (printing: boolean, wrapTtl?: string) =>
    createVault({
      address: settings.address,
      token: settings.token ?? (() => storedToken(io)),
      namespace: settings.namespace,
      headers: settings.headers,
      retry: { retries: settings.retries },
      timeout: settings.timeout,
      transport: async (question) => {
        const { base, exchange, socketPath } = await wire()
        const used = printing && settings.instead ? printedInstead(settings.instead, settings, socketPath) : exchange
        return httpTransport(base, used, { redirects })(printing ? wrapped(question, wrapTtl) : question)
      },
    })
  // Only what a command asks for the user is wrapped, not what it asks on the way.
  return { vault: over(true, settings.wrapTtl), aside: over(false) }
}

function wrapped(question: Question, ttl: string | undefined): Question {
  const wanted = ttl ?? (question.verb === 'write' && question.path === 'sys/wrapping/wrap' ? usualWrapTtl : undefined)
  return wanted === undefined || question.wrapTtl !== undefined ? question : { ...question, wrapTtl: wanted }
}

interface Wire {
  readonly base: string
  readonly exchange: Exchange
  readonly socketPath?: string
}

async function openWire(settings: Settings): Promise<Wire> {
  const at = parseAddress(settings.address)
  return { ...at, exchange: nodeExchange({ ...(await readTrust(settings)), socketPath: at.socketPath }) }
}

function once<V>(make: () => Promise<V>): () => Promise<V> {
  let made: Promise<V> | undefined
  return () => (made ??= make())
}
