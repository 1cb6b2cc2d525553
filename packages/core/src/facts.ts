import type { Request, Response } from '@chatelaine/sdk'
import type { Visit } from './access.js'
import type { AnswerFacts, AuditCaller, AuditMount, PolicyResults } from './audit/index.js'
import { rfc3339 } from './tokens/entry.js'

/**
 * What an audit record is made from. It is worked out only where a device is enabled: without one, a request pays for a
 * single small object.
 */
export class Facts implements AnswerFacts {
  readonly requestId: string
  readonly request: Request
  readonly #visit: Visit
  #caller: AuditCaller | undefined
  error: unknown
  response: Response | undefined

  constructor(requestId: string, request: Request, visit: Visit) {
    this.requestId = requestId
    this.request = request
    this.#visit = visit
    this.error = visit.refusal
  }

  get address(): string {
    return this.#visit.address
  }

  get operation(): string {
    return this.#visit.operation
  }

  get mount(): AuditMount | undefined {
    const mount = this.#visit.route?.mount
    return mount && {
      path: mount.address,
      type: mount.entry.type,
      accessor: mount.entry.accessor,
      class: mount.entry.kind,
      nonHmacRequestKeys: mount.entry.config.audit_non_hmac_request_keys,
      nonHmacResponseKeys: mount.entry.config.audit_non_hmac_response_keys,
    }
  }

  /** Worked out once: both records of each device ask for it several times. */
  get caller(): AuditCaller | undefined {
    return (this.#caller ??= this.#describeCaller())
  }

  #describeCaller(): AuditCaller | undefined {
    const { token, caller } = this.#visit
    if (!token || !caller) return undefined
    const { policies, type, creationTtl, creationTime, numUses } = token.entry
    return {
      ...caller,
      tokenPolicies: policies,
      tokenType: type,
      tokenTtl: creationTtl,
      tokenIssueTime: rfc3339(creationTime),
      remainingUses: numUses === 0 ? undefined : Math.max(0, numUses),
    }
  }

  get policyResults(): PolicyResults | undefined {
    const { caller, refusal, grantedBy } = this.#visit
    return caller && { allowed: refusal === undefined, grantingPolicies: grantedBy }
  }
}
