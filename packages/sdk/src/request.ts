import type { Verb } from './engine.js'
import type { Auth, WrapInfo } from './reply.js'

/** Where a request came from, for the audit log and for address bounds. */
export interface Remote {
  readonly address: string
  readonly port: number
}

/** A request, free of any wire. `path` has no leading slash and no `v1/`. */
export interface Request {
  readonly verb: Verb
  readonly path: string
  readonly input: Readonly<Record<string, unknown>>
  readonly token?: string | undefined
  /** Seconds the answer shall stay wrapped. */
  readonly wrapTtl?: number | undefined
  readonly namespace?: string | undefined
  readonly remote?: Remote | undefined
  /** Lower-cased names; only what an operator asked to audit is read from here. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined
  /** Asks for the path's help instead of running it. */
  readonly help?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  /** There was a body and it was not read, so `input` says nothing: such a request may be refused, and never carried out. */
  readonly unread?: boolean | undefined
}

/** The answer to a request, free of any wire. `status` is HTTP's, which every door can map. */
export interface Response {
  readonly requestId: string
  readonly status: number
  readonly data?: Readonly<Record<string, unknown>> | undefined
  readonly auth?: Auth | undefined
  readonly wrap?: WrapInfo | undefined
  readonly warnings?: readonly string[] | undefined
  readonly form?: 'envelope' | 'legacy' | 'bare' | undefined
  readonly verbatim?: string | undefined
  readonly leaseDuration?: number | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** See `ReplyFields.stream`. */
  readonly stream?: AsyncIterable<Uint8Array> | undefined
}

/** What stands behind every door. Rejects with a `VaultError` where the caller may know why, with anything else on a bug. */
export type Handle = (request: Request) => Promise<Response>

/**
 * How large a body the sender of a request may send, before any of it is read: none, as little as a login needs, or as much as
 * the door takes from anybody.
 */
export type Admission = 'nothing' | 'little' | 'all'
export type Admit = (request: Omit<Request, 'input'>) => Promise<Admission>
