import { defaultJsonLimits, type JsonLimits } from '@chatelaine/sdk'

/** How much, and for how long, a client may ask. Vault's defaults where it has them. */
export interface Limits {
  readonly bodyBytes: number
  /** The body of a sender without a valid token, where such a one may send any. */
  readonly openBodyBytes: number
  /** All bodies together, from their first byte until their requests are answered. */
  readonly allBodiesBytes: number
  readonly headerBytes: number
  /** The structure of a JSON body; forms alike. */
  readonly json: JsonLimits
  /** Open sockets at once; more are closed as they arrive. 0 is no bound. */
  readonly connections: number
  /** From the connection, or the end of the last request, to the end of a request's head. */
  readonly headersMs: number
  /** To the end of its body. */
  readonly requestMs: number
  /** How long a connection may wait for its next request. */
  readonly idleMs: number
  /** How long the Vault may take to answer. */
  readonly handleMs: number
}

export const defaultLimits: Limits = {
  bodyBytes: 32 * 1024 * 1024,
  openBodyBytes: 64 * 1024,
  allBodiesBytes: 256 * 1024 * 1024,
  headerBytes: 64 * 1024,
  json: defaultJsonLimits,
  connections: 0,
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 300_000,
  handleMs: 90_000,
}
