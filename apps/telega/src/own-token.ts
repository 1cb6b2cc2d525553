import { ClientError, isRefusal, type Vault } from '@chatelaine/client'
import { TelegaError } from './errors.js'
import type { TokenFrom } from './settings.js'

/** What the Vault says of our own token. */
export interface OwnToken {
  readonly renewable: boolean
  /** Seconds left; 0 is without end. */
  readonly ttl: number
}

/** Refuses a token that is of no use to a userbot, before anybody is told "not permitted" because of it. */
export async function checkOwnToken(vault: Vault, from: TokenFrom): Promise<OwnToken> {
  const self = await vault.read('auth/token/lookup-self').catch((cause: unknown) => {
    throw ClientError.denied.is(cause) ? TelegaError.badToken(undefined, { cause }) : cause
  })
  const policies: unknown = self?.['policies']
  if (Array.isArray(policies) && policies.includes('root')) throw TelegaError.rootToken(from)
  return { renewable: self?.['renewable'] === true, ttl: Number(self?.['ttl'] ?? 0) }
}

export interface Keeping {
  readonly token: string
  readonly from: TokenFrom
  /** The token as the surroundings give it now. */
  readonly current: (() => string | undefined) | undefined
  readonly say: (line: string) => void
  /** Told of what was tried in vain, and when the token can be renewed no longer. */
  readonly report: (error: unknown) => void
  readonly signal: AbortSignal
}

/** Our own token for as long as there is one: renewed, and exchanged for the one that an operator has put in its place. */
export interface KeptToken {
  /** The Vault as the userbot itself, with the token that is good now. */
  readonly vault: Vault
  /** Asks the Vault whether the token is still good, when there is reason to doubt it. True when it is, or another was found. */
  check(): Promise<boolean>
  /** How often the token was exchanged for another. */
  count(): number
  /** Resolves with the reason when there is no token any more; never otherwise. */
  readonly ended: Promise<Error>
}

/** No timer of Node's waits longer than 24 days, and who has turned a clock back shall not wait for ever. */
const longestSleep = 86_400_000
const retryMs = 30_000

export async function keepOwnToken(as: (token: () => string) => Vault, keeping: Keeping): Promise<KeptToken> {
  let token = keeping.token
  const vault = as(() => token)
  let own = await checkOwnToken(vault, keeping.from)
  let end: (error: Error) => void
  const ended = new Promise<Error>((resolve) => (end = resolve))
  let exchanges = 0
  let checking: Promise<boolean> | undefined
  let changed = new AbortController()

  async function examine(): Promise<boolean> {
    if (await isGood(vault)) return true
    const next = await successor(keeping, token, as)
    if (next === undefined) {
      end(TelegaError.tokenGone())
      return false
    }
    token = next.token
    exchanges++
    own = next.own
    changed.abort()
    changed = new AbortController()
    run().catch(keeping.report)
    keeping.say("The userbot's own token had ended; the new VAULT_TOKEN in .env is used from now on.")
    return true
  }
  const check = () => (checking ??= examine().finally(() => (checking = undefined)))

  async function run(): Promise<void> {
    await renewing(vault, own, { ...keeping, signal: AbortSignal.any([keeping.signal, changed.signal]), check })
  }
  run().catch(keeping.report)
  return { vault, check, count: () => exchanges, ended }
}

/** Only a refusal says that a token has ended; a Vault that is away says nothing. */
async function isGood(vault: Vault): Promise<boolean> {
  try {
    await vault.read('auth/token/lookup-self')
    return true
  } catch (error) {
    if (ClientError.denied.is(error)) return false
    throw error
  }
}

/** Another token in the same place, if it is of use. */
async function successor({ current, report }: Keeping, old: string, as: (token: () => string) => Vault) {
  try {
    const token = current?.()
    if (token === undefined || token === '' || token === old) return undefined
    return { token, own: await checkOwnToken(as(() => token), { where: '.env', other: false }) }
  } catch (error) {
    report(error)
    return undefined
  }
}

type Renewing = Pick<Keeping, 'report' | 'signal'> & { readonly check: () => Promise<boolean> }

/** Renews the token at two thirds of its life, and looks after it at its end. One that never ends is left as it is. */
async function renewing(vault: Vault, own: OwnToken, { report, signal, check }: Renewing): Promise<void> {
  let left = own.ttl
  let warned = false
  while (left > 0 && !signal.aborted) {
    await sleep(left * (own.renewable && !warned ? 667 : 1000), signal)
    if (signal.aborted) return
    const renewed = own.renewable ? await renewal(vault, report, signal) : undefined
    if (signal.aborted) return
    if (renewed === 'later') {
      left = Math.max(left - (left * 2) / 3, retryMs / 1000)
      continue
    }
    if (renewed === undefined || renewed <= 0) {
      if (!(await check().catch(() => true))) return
      left = retryMs / 1000
      continue
    }
    if (renewed * 2 < own.ttl && !warned) report(TelegaError.tokenEnds({ seconds: renewed }))
    warned = renewed * 2 < own.ttl
    left = renewed
  }
}

/** Seconds the token has now; undefined when the Vault refused; 'later' when it could not be asked. */
async function renewal(vault: Vault, report: Keeping['report'], signal: AbortSignal): Promise<number | undefined | 'later'> {
  try {
    const { auth } = await vault.request({ verb: 'write', path: 'auth/token/renew-self', signal })
    return auth?.lease_duration
  } catch (error) {
    if (isRefusal(error) && error.details.status < 500) return undefined
    if (!signal.aborted) report(error)
    return 'later'
  }
}

/** In pieces, because Node takes a longer time than it can count for no time at all. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  for (let rest = ms; rest > 0 && !signal.aborted; rest -= longestSleep) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, Math.min(rest, longestSleep)).unref()
      function done() {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      signal.addEventListener('abort', done, { once: true })
    })
  }
}
