import type { Auth } from '@chatelaine/sdk'
import { ClientError } from './errors.js'
import { usualPace, type Pace } from './retry.js'
import type { Vault } from './vault.js'

export interface KeepAlive extends Partial<Pace> {
  /** Gets a fresh token: at the start, when renewing no longer helps, and when the token was revoked. */
  readonly login: () => Promise<Auth>
  /** A token that is there already, so that the first login is spared. */
  readonly first?: Auth | undefined
  /** Told of every failed attempt, and in how many milliseconds the next one follows. */
  readonly failed?: ((error: unknown, nextIn: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** A token that stays good. `token` is what `createVault({ token })` takes. */
export interface Kept {
  /** The token that is good now; waits for the first login. */
  readonly token: () => Promise<string>
  /** Settles when there is nothing more to do: the signal was aborted, or the token never ends. */
  readonly ended: Promise<void>
}

const shortestWait = 1_000
const longestWait = 60_000

/**
 * Renews a token at two thirds of its life, a little earlier or later each time so that many clients do not come at once.
 * A renewal that gives less than half of what the login gave means the longest life is near: then it logs in again.
 */
export function keepAlive(vault: Vault, options: KeepAlive): Kept {
  const { signal, random, sleep } = { ...usualPace, ...options }
  let current = options.first ? Promise.resolve(options.first) : persistently(options.login)
  const ended = run()
  current.catch(() => undefined)
  return { token: async () => (await current).client_token, ended }

  async function run(): Promise<void> {
    try {
      let login = await current
      let held = login
      while (held.lease_duration > 0) {
        await sleep(held.lease_duration * 1000 * (0.62 + 0.08 * random()), signal)
        const renewed = held.renewable ? await renew(held) : undefined
        const enough = renewed !== undefined && renewed.lease_duration * 2 >= login.lease_duration
        held = enough ? renewed : (login = await persistently(options.login))
        current = Promise.resolve(held)
      }
    } catch (error) {
      if (!signal?.aborted) throw error
    }
  }

  /** Undefined where only a login can help: the token is gone, or may not be renewed. */
  async function renew({ client_token: token, lease_duration: life }: Auth): Promise<Auth | undefined> {
    const rest = life * 333
    for (let spent = 0, wait = shortestWait; spent < rest; spent += wait, wait = Math.min(wait * 2, longestWait)) {
      try {
        return (await vault.as(token).request({ verb: 'write', path: 'auth/token/renew-self', signal })).auth
      } catch (error) {
        if (ClientError.denied.is(error) || ClientError.invalid.is(error)) return undefined
        await pause(error, wait)
      }
    }
    return undefined
  }

  async function persistently(login: () => Promise<Auth>): Promise<Auth> {
    for (let wait = shortestWait; ; wait = Math.min(wait * 2, longestWait)) {
      try {
        return await login()
      } catch (error) {
        await pause(error, wait)
      }
    }
  }

  async function pause(error: unknown, wait: number): Promise<void> {
    if (signal?.aborted) throw error
    const nextIn = Math.round(wait * (0.5 + random()))
    options.failed?.(error, nextIn)
    await sleep(nextIn, signal)
  }
}
