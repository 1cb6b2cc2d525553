import type { Auth, Verb, WrapInfo } from '@chatelaine/sdk'

export type Data = Readonly<Record<string, unknown>>

/** A request as a caller puts it. `path` has no leading slash and no `v1/`. */
export interface Ask {
  readonly verb: Verb
  readonly path: string
  readonly input?: Data | undefined
  /** Another token than the vault's own. */
  readonly token?: string | undefined
  /** Asks for the answer wrapped: seconds, or a duration such as `5m`. */
  readonly wrapTtl?: string | number | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly signal?: AbortSignal | undefined
  /** Statuses to take as an answer though they mean refusal: `sys/health` speaks through its status. */
  readonly accept?: readonly number[] | undefined
  /** Wants the answer as bytes while they come (`Answer.stream`). */
  readonly stream?: boolean | undefined
}

/** An `Ask` with all that the vault adds: what a transport carries. */
export interface Question extends Ask {
  readonly namespace?: string | undefined
}

/** An answer, the same over every transport. */
export interface Answer {
  readonly status: number
  readonly requestId: string
  /** The envelope's data, or the whole body where there is no envelope. */
  readonly data: Data | undefined
  readonly auth: Auth | undefined
  readonly wrapInfo: WrapInfo | undefined
  readonly warnings: readonly string[]
  /** The whole body as parsed; a string where it was not JSON. */
  readonly body: unknown
  /** What the server said was wrong, where a refusal was accepted or nothing was there. */
  readonly errors: readonly string[]
  /** Seconds to wait before asking again, where the server said so. */
  readonly retryAfter: number | undefined
  /** How the question went out, for whoever has to explain the answer. */
  readonly origin: Origin
  /** The body, where it was asked for so and there is one. To be gone through once. */
  readonly stream?: AsyncIterable<Uint8Array> | undefined
}

export interface Origin {
  readonly method: string
  readonly url: string
}

/**
 * Carries a question to a server and brings its answer: HTTP, a unix socket, the memory of this process. A refusal is an answer
 * too; it rejects only where no answer came.
 */
export type Transport = (question: Question) => Promise<Answer>
