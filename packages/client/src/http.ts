import { readAnswer } from './answer.js'
import { ClientError } from './errors.js'
import { message, type Exchange, type Incoming, type Outgoing } from './message.js'
import type { Transport } from './question.js'

export interface HttpOptions {
  /** Whether one redirect is followed. True if left out; otherwise the redirect itself is the answer. */
  readonly redirects?: boolean | undefined
}

/** Vault's HTTP API as a transport. `base` is scheme, host and port; for a unix socket any host will do. */
export function httpTransport(base: string, exchange: Exchange, { redirects = true }: HttpOptions = {}): Transport {
  return async (question) => {
    const outgoing = message(base, question)
    return readAnswer(await (redirects ? followingOne(outgoing, exchange) : exchange(outgoing)), outgoing)
  }
}

/**
 * A node that will not answer names one that will. The token goes with it, as in every Vault client, so the redirect must keep
 * the scheme: from https never to http.
 */
async function followingOne(outgoing: Outgoing, exchange: Exchange): Promise<Incoming> {
  const first = await exchange(outgoing)
  const location = first.headers['location']
  if (![301, 302, 307, 308].includes(first.status) || location === undefined) return first
  const from = new URL(outgoing.url)
  const to = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined
  if (to?.protocol !== from.protocol) throw ClientError.badRedirect({ url: outgoing.url })
  return exchange({ ...outgoing, url: to.href })
}
