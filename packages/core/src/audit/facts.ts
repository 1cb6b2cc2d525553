import type { Caller, Request, Response } from '@chatelaine/sdk'

/** Who asked, as far as the token told. The token itself travels in the request. */
export interface AuditCaller
  extends Pick<Caller, 'accessor' | 'displayName' | 'policies' | 'entityId' | 'metadata'> {
  readonly tokenPolicies?: readonly string[] | undefined
  readonly identityPolicies?: readonly string[] | undefined
  readonly tokenType?: string | undefined
  /** Seconds the token was made for. */
  readonly tokenTtl?: number | undefined
  readonly tokenIssueTime?: string | undefined
  /** Left out for a token that may be used without end. */
  readonly remainingUses?: number | undefined
}

/** What the access check concluded. */
export interface PolicyResults {
  readonly allowed: boolean
  /** Names of the policies whose rule let the request through. */
  readonly grantingPolicies?: readonly string[] | undefined
}

/** Where the request was routed, and which of its fields the operator wants to read in clear. */
export interface AuditMount {
  /** With its trailing slash, and `auth/` in front for an auth method. */
  readonly path: string
  readonly type: string
  readonly accessor: string
  readonly class: 'secret' | 'auth'
  readonly runningVersion?: string | undefined
  readonly nonHmacRequestKeys?: readonly string[] | undefined
  readonly nonHmacResponseKeys?: readonly string[] | undefined
}

/** Everything known of a request before it runs. */
export interface AuditFacts {
  readonly requestId: string
  readonly request: Request
  /** The one spelling of the request's path, under which it was judged and done. */
  readonly address?: string | undefined
  /** `read`, `list`, `create`, `update`, `patch`, `delete`: what the access check was asked about. */
  readonly operation: string
  readonly mount?: AuditMount | undefined
  readonly caller?: AuditCaller | undefined
  readonly policyResults?: PolicyResults | undefined
  /**
   * What went wrong, if anything did. Only the sentence of a `VaultError` is written down: the message of a bug may
   * carry whatever the code had in its hands.
   */
  readonly error?: unknown
}

/** A request that ran, and what will be answered. */
export interface AnswerFacts extends AuditFacts {
  readonly response?: Pick<Response, 'data' | 'auth' | 'wrap' | 'warnings' | 'verbatim'> | undefined
}
