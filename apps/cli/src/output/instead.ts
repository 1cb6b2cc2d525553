import type { Exchange } from '@chatelaine/client'
import type { Settings } from '../config/settings.js'
import { curlLine } from './curl.js'
import { policyFor } from './policy.js'

/** Stops a command at the request that it would have sent. Not a failure: what it holds is what the user asked for. */
export class PrintedInstead extends Error {
  readonly shown: string

  constructor(shown: string) {
    super('the request was printed instead')
    this.shown = shown
  }
}

/** An exchange that sends nothing: it shows the request as a command line for curl, or the policy that allows it. */
export const printedInstead = (what: 'curl' | 'policy', settings: Settings, socketPath?: string): Exchange => async (message) => {
  throw new PrintedInstead(what === 'curl' ? curlLine(message, settings, socketPath) : policyFor(message))
}
