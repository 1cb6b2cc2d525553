import { uuid } from '@chatelaine/crypto'
import { pathHelp, run, VaultError, type Reply, type Request, type Response } from '@chatelaine/sdk'
import { arrive, callOf, type Visit } from './access.js'
import type { AuditFacts } from './audit/index.js'
import { CoreError, TokenError } from './errors.js'
import { toResponse } from './response.js'
import { authOf } from './tokens/entry.js'
import { tokenFor } from './tokens/grant.js'
import type { Vault } from './vault.js'

/**
 * One request, from the door to the answer: who asks and may they (access) · write it down (audit) · do it (the engine) ·
 * hand out a token or wrap the answer · write that down (audit). Nothing leaves that could not be written down.
 */
export async function handle(vault: Vault, request: Request): Promise<Response> {
  if (request.namespace && request.namespace.replaceAll('/', '') !== '' && request.namespace !== 'root') throw CoreError.namespaces()
  const requestId = uuid()
  const visit = await arrive(vault, request)
  try {
    const facts = factsOf(requestId, request, visit)
    await vault.audit.request({ ...facts, error: visit.refusal })
    const outcome = await attempt(vault, request, { ...visit, requestId })
    await vault.audit.response({ ...facts, ...outcome })
    if ('error' in outcome) throw outcome.error
    return outcome.response
  } finally {
    if (visit.token && visit.token.entry.numUses < 0) await vault.revoke(visit.token.key)
  }
}

type Outcome = { readonly response: Response } | { readonly error: unknown }
type Admitted = Visit & { readonly requestId: string }

async function attempt(vault: Vault, request: Request, visit: Admitted): Promise<Outcome> {
  try {
    return { response: await answer(vault, request, visit) }
  } catch (error) {
    return { error }
  }
}

async function answer(vault: Vault, request: Request, { route, found, caller, refusal, requestId }: Admitted): Promise<Response> {
  if (refusal) throw refusal
  if (!route || !found) throw CoreError.noHandler({ path: request.path })
  if (request.help) return helpFor(requestId, request, route.mount.router.matching(route.rest))
  const given = await run(found, callOf(route, found, { input: request.input, caller }))
  const response = toResponse(requestId, request.verb, await withToken(vault, request, { given, route }))
  return wrapped(vault, request, response)
}

/** An auth method has accepted a login: only the core makes tokens. */
async function withToken(
  vault: Vault,
  request: Request,
  { given, route }: { readonly given: Reply | undefined; readonly route: NonNullable<Visit['route']> },
): Promise<Reply | undefined> {
  const grant = given?.fields.grant
  if (!given || !grant) return given
  if (route.mount.entry.kind !== 'auth') throw TokenError.notFound()
  const made = await tokenFor(vault.tokens, grant, route.mount.facts, request.path)
  const warnings = [...(given.fields.warnings ?? []), ...made.warnings]
  return { fields: { ...given.fields, auth: authOf(made.token.entry, vault.tokens.now()), warnings } }
}

/** Unwrapping is not wrapped again, and neither is an answer that says nothing. */
async function wrapped(vault: Vault, request: Request, response: Response): Promise<Response> {
  const ttl = request.wrapTtl
  if (!ttl || response.wrap || response.verbatim !== undefined || !(response.data ?? response.auth)) return response
  if (response.status >= 300) return response
  const { requestId, status } = response
  return { requestId, status, wrap: await vault.wrapping.wrap(response, request.path, ttl) }
}

function helpFor(requestId: string, request: Request, paths: Parameters<typeof pathHelp>[1]): Response {
  return { requestId, status: 200, form: 'bare', data: { help: pathHelp(request.path, paths), see_also: null, openapi: null } }
}

function factsOf(requestId: string, request: Request, visit: Visit): AuditFacts {
  const { route, token, caller, grantedBy, refusal } = visit
  const entry = route?.mount.entry
  const left = token && token.entry.numUses !== 0 ? Math.max(0, token.entry.numUses) : undefined
  return {
    requestId,
    request,
    operation: visit.operation,
    mount: route && entry && {
      path: route.mount.address,
      type: entry.type,
      accessor: entry.accessor,
      class: entry.kind,
      nonHmacRequestKeys: entry.config.audit_non_hmac_request_keys,
      nonHmacResponseKeys: entry.config.audit_non_hmac_response_keys,
    },
    caller: token && caller && {
      ...caller,
      tokenPolicies: token.entry.policies,
      tokenType: token.entry.type,
      tokenTtl: token.entry.creationTtl,
      tokenIssueTime: new Date(token.entry.creationTime * 1000).toISOString(),
      remainingUses: left,
    },
    policyResults: caller && { allowed: !(refusal instanceof VaultError), grantingPolicies: grantedBy },
  }
}
