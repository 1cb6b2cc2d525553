import type { Exchange } from '../message.js'
import type { NodeExchangeOptions } from './exchange.js'

export type { NodeExchangeOptions } from './exchange.js'

/** Node's own HTTP client as an exchange. Loaded at the first message, so that this package still loads where there is no Node. */
export function nodeExchange(options: NodeExchangeOptions = {}): Exchange {
  let loaded: Promise<Exchange> | undefined
  return async (message) => {
    loaded ??= import('./exchange.js').then((node) => node.nodeExchange(options))
    return (await loaded)(message)
  }
}
