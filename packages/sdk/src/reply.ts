/** What an auth method grants a login it has accepted. The core makes the token; the method only says what it may be. */
export interface Grant {
  readonly displayName: string
  readonly policies: readonly string[]
  readonly metadata?: Readonly<Record<string, string>>
  /** Seconds; 0 or absent leaves it to the mount. */
  readonly ttl?: number
  readonly maxTtl?: number
  readonly explicitMaxTtl?: number
  readonly period?: number
  readonly numUses?: number
  readonly renewable?: boolean
  readonly noDefaultPolicy?: boolean
}

/** The `auth` block of an answer, as it stands on the wire. */
export interface Auth {
  readonly client_token: string
  readonly accessor: string
  readonly policies: readonly string[]
  readonly token_policies: readonly string[]
  readonly identity_policies?: readonly string[]
  readonly metadata: Readonly<Record<string, string>> | null
  readonly lease_duration: number
  readonly renewable: boolean
  readonly entity_id: string
  readonly token_type: string
  readonly orphan: boolean
  readonly mfa_requirement: null
  readonly num_uses: number
}

/** The `wrap_info` block of an answer, as it stands on the wire. */
export interface WrapInfo {
  readonly token: string
  readonly accessor: string
  readonly ttl: number
  readonly creation_time: string
  readonly creation_path: string
  readonly wrapped_accessor?: string
}

export interface ReplyFields {
  readonly data?: Readonly<Record<string, unknown>> | undefined
  readonly warnings?: readonly string[] | undefined
  /** An auth method accepted a login. */
  readonly grant?: Grant | undefined
  /** The token store made or renewed a token. */
  readonly auth?: Auth | undefined
  /** The answer was wrapped already. */
  readonly wrap?: WrapInfo | undefined
  /** Another status than the usual 200, 204 or 404; some answers carry data with a 404. */
  readonly status?: number | undefined
  /** How `data` stands in the answer: in the envelope, in the envelope and copied to the top, or alone. */
  readonly form?: 'envelope' | 'legacy' | 'bare' | undefined
  /** A whole answer that was kept earlier and is given back as it was: unwrapping. */
  readonly verbatim?: string | undefined
  /** Seconds a reader may keep the value: KV v1 says so though nothing is leased. */
  readonly leaseDuration?: number | undefined
  /** Answer headers beyond the usual. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /**
   * The whole answer as bytes too many to hold, with its media type among the headers. Begun only once the answer was written
   * down, and perhaps never, so what it needs it must take at its first byte. When it fails midway the door breaks off.
   */
  readonly stream?: AsyncIterable<Uint8Array> | undefined
}

/** An answer with more to say than data. A handler that only has data returns that. */
export class Reply {
  readonly fields: ReplyFields

  constructor(fields: ReplyFields) {
    this.fields = fields
  }
}

export const reply = (fields: ReplyFields): Reply => new Reply(fields)
