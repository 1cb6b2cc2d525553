/** How much, and for how long, a client may ask. Vault's defaults where it has them. */
export interface Limits {
  readonly bodyBytes: number
  readonly headerBytes: number
  /** The deepest nesting of objects and arrays in a JSON body. */
  readonly jsonDepth: number
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
  headerBytes: 64 * 1024,
  jsonDepth: 300,
  connections: 0,
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 300_000,
  handleMs: 90_000,
}
