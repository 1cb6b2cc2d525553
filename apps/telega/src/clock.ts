import type { Vault } from '@chatelaine/client'

/** A clock that is off by more than this is told. Below, it may be the network's delay. */
const tolerance = 10
/** How far a clock has to move to be told of again. */
const notable = 30

export interface Clocks {
  /** Telegram's time, in Unix seconds. */
  seconds(): number
  /** What the Vault's clock shows when Telegram's shows `seconds`. */
  atVault(seconds: number): number
  /** Compares the clocks anew. What is out of reach keeps its last value. */
  compare(): Promise<void>
}

interface Sources {
  /** Telegram's time now, in Unix seconds. */
  readonly telegram: () => Promise<number>
  readonly vault: Vault
  readonly say: (line: string) => void
  /** This machine's time, in milliseconds. */
  readonly now?: (() => number) | undefined
  /** Milliseconds that only ever grow, whatever is done to the clock. */
  readonly ticks?: (() => number) | undefined
}

/**
 * Judges by Telegram's clock, which dates the messages, whatever this machine's or the Vault's shows; and tells the operator when those
 * are off. Between two comparisons the time goes by ticks, so that nobody can turn it.
 */
export function clocks({ telegram, vault, say, now = Date.now, ticks = () => performance.now() }: Sources): Clocks {
  let lead = now() - ticks() // Telegram's milliseconds at tick 0
  let vaultAhead = 0
  const tellHost = teller(say, "This machine's clock", 'Set it, as with NTP: messages are judged by Telegram\'s clock, but certificates and logs go by this one.')
  const tellVault = teller(say, "The Vault's clock", 'Set it on its machine, as with NTP: tokens and leases end by it.')
  const millis = () => lead + ticks()
  return {
    seconds: () => Math.floor(millis() / 1000),
    atVault: (seconds) => seconds + vaultAhead,
    async compare() {
      const asked = ticks()
      const theirs = await telegram()
      // Their time is in whole seconds, and was taken on the way: the middle is nearest to the truth.
      lead = theirs * 1000 + 500 - (asked + ticks()) / 2
      const hostAhead = Math.round((now() - millis()) / 1000)
      tellHost(hostAhead)
      const before = ticks()
      const atVault = await timeOf(vault)
      if (atVault === undefined) return
      const ahead = Math.round((atVault * 1000 + 500 - (lead + (before + ticks()) / 2)) / 1000)
      vaultAhead = Math.abs(ahead) > tolerance ? ahead : 0
      if (Math.abs(ahead - hostAhead) > tolerance) tellVault(ahead)
    },
  }
}

function teller(say: (line: string) => void, whose: string, advice: string): (ahead: number) => void {
  let told = 0
  return (ahead) => {
    const off = Math.abs(ahead) > tolerance
    if (off && Math.abs(ahead - told) > notable / (told === 0 ? 3 : 1)) {
      say(`${whose} is ${Math.abs(ahead)} seconds ${ahead > 0 ? 'ahead of' : 'behind'} Telegram's. ${advice}`)
      told = ahead
    } else if (!off && told !== 0) {
      say(`${whose} agrees with Telegram's again.`)
      told = 0
    }
  }
}

/** Any Vault tells its time without a token, whatever state it is in. */
async function timeOf(vault: Vault): Promise<number | undefined> {
  try {
    const { body } = await vault.request({ verb: 'read', path: 'sys/health', accept: [429, 472, 473, 501, 503] })
    const time = (body as { readonly server_time_utc?: unknown } | undefined)?.server_time_utc
    return typeof time === 'number' && time > 0 ? time : undefined
  } catch {
    return undefined
  }
}
