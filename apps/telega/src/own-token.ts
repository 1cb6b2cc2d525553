import { ClientError, keepAlive, type Vault } from '@chatelaine/client'
import { TelegaError } from './errors.js'

export interface Renewal {
  /** Told of failed attempts, and when the token can be renewed no longer. */
  readonly report: (error: unknown) => void
  readonly signal: AbortSignal
}

/** What the Vault says of our own token. */
export interface OwnToken {
  readonly renewable: boolean
  /** Seconds left; 0 is without end. */
  readonly ttl: number
}

/** Refuses a token that is of no use to a userbot, before anybody is told "not permitted" because of it. */
export async function checkOwnToken(vault: Vault): Promise<OwnToken> {
  const self = await vault.read('auth/token/lookup-self').catch((cause: unknown) => {
    throw ClientError.denied.is(cause) ? TelegaError.badToken(undefined, { cause }) : cause
  })
  const policies: unknown = self?.['policies']
  if (Array.isArray(policies) && policies.includes('root')) throw TelegaError.rootToken()
  return { renewable: self?.['renewable'] === true, ttl: Number(self?.['ttl'] ?? 0) }
}

/** Renews our own token at two thirds of its life, until `signal`. One that never ends, or may not be renewed, is left as it is. */
export async function renewOwnToken(vault: Vault, own: OwnToken, { report, signal }: Renewal): Promise<void> {
  if (!own.renewable || own.ttl === 0) return
  const login = async () => {
    const { auth } = await vault.request({ verb: 'write', path: 'auth/token/renew-self', signal })
    if (!auth) throw TelegaError.badToken()
    return auth
  }
  await keepAlive(vault, { login, failed: report, signal }).ended
  if (!signal.aborted) report(TelegaError.tokenEnds())
}
