import { VaultError, type Auth, type Request, type WrapInfo } from '@chatelaine/sdk'
import type { AnswerFacts, AuditCaller, AuditFacts, AuditMount } from './facts.js'
import { Bound, cut, inRoom, type Weight } from './bound.js'
import type { Hashing } from './hashing.js'

/** Which request headers an operator wants in the log, by lower-cased name, and whether hashed. */
export type AuditedHeaders = Readonly<Record<string, { readonly hmac: boolean }>>

/** What decides how facts become one device's record. */
export interface Rendering {
  readonly hashing: Hashing
  readonly headers: AuditedHeaders
  readonly elideListResponses: boolean
}

/** How much data there is, where it is more than a record takes. */
export interface Weights {
  readonly request?: Weight | undefined
  readonly response?: Weight | undefined
}

/** Headers that are credentials. No setting but `log_raw` shows them. */
const credentials = ['x-vault-token', 'authorization', 'proxy-authorization', 'cookie']

/** Vault's record of a request that is about to run. Absent values are left out of the JSON. */
export function requestRecord(time: string, facts: AuditFacts, rendering: Rendering, weights: Weights = {}) {
  return { time, type: 'request', ...common(facts, rendering, weights) }
}

/** Vault's record of an answer that is about to leave. */
export function responseRecord(time: string, facts: AnswerFacts, rendering: Rendering, weights: Weights = {}) {
  return { time, type: 'response', ...common(facts, rendering, weights), response: responseOf(facts, rendering, weights) }
}

function common(facts: AuditFacts, rendering: Rendering, weights: Weights) {
  return {
    auth: facts.caller && authOf(facts.caller, facts, rendering),
    request: requestOf(facts, rendering, weights),
    error: sentence(facts.error),
  }
}

function sentence(error: unknown): string | undefined {
  if (error === undefined || error === null) return undefined
  return error instanceof VaultError ? error.message : 'internal error'
}

function authOf(caller: AuditCaller, { request, policyResults }: AuditFacts, { hashing }: Rendering) {
  return {
    client_token: tokenOf(request, hashing),
    accessor: hashing.accessor(caller.accessor),
    display_name: cut(caller.displayName),
    ...policiesOf(caller.policies, caller.tokenPolicies, caller.identityPolicies),
    policy_results: policyResults && { allowed: policyResults.allowed, ...grantingOf(policyResults.grantingPolicies) },
    metadata: Object.keys(caller.metadata).length > 0 ? caller.metadata : undefined,
    entity_id: caller.entityId || undefined,
    token_type: caller.tokenType,
    token_ttl: caller.tokenTtl,
    token_issue_time: caller.tokenIssueTime,
    remaining_uses: caller.remainingUses,
  }
}

/** A token may have as many names of policies, and as long ones, as would make each of its records a large one. */
function policiesOf(all: readonly string[], own: readonly string[] | undefined, identity: readonly string[] | undefined) {
  return { ...inRoom('policies', all), ...inRoom('token_policies', own), ...inRoom('identity_policies', filled(identity)) }
}

function grantingOf(names: readonly string[] | undefined) {
  const { granting_policies: kept, ...omitted } = inRoom('granting_policies', filled(names))
  return { granting_policies: (kept as readonly string[] | undefined)?.map(granting), ...omitted }
}

function requestOf({ requestId, request, address = request.path, operation, mount, caller }: AuditFacts, rendering: Rendering, weights: Weights) {
  const { hashing } = rendering
  const hasInput = Object.keys(request.input).length > 0
  return {
    id: requestId,
    client_id: caller?.entityId || undefined,
    operation,
    ...mountOf(mount),
    client_token: tokenOf(request, hashing),
    client_token_accessor: caller && hashing.accessor(caller.accessor),
    namespace: { id: 'root' },
    path: request.path,
    canonical_path: address === request.path ? undefined : address,
    ...(hasInput && dataOf(request.input, { hashing, clear: mount?.nonHmacRequestKeys, weight: weights.request })),
    body_unread: request.unread || undefined,
    headers: headersOf(request, rendering),
    remote_address: request.remote?.address,
    remote_port: request.remote?.port,
    wrap_ttl: request.wrapTtl,
  }
}

interface DataStyle {
  readonly hashing: Hashing
  readonly clear: readonly string[] | undefined
  readonly weight: Weight | undefined
}

/** The data, and beside it how much of it had no room in the record. */
function dataOf(value: unknown, { hashing, clear, weight }: DataStyle) {
  const bound = weight && new Bound(weight)
  return { data: hashing.data(value, { clearKeys: keys(clear), bound }), data_omitted: bound?.omitted() }
}

function responseOf({ response, operation, mount }: AnswerFacts, { hashing, elideListResponses }: Rendering, weights: Weights) {
  if (!response) return undefined
  const { auth, data, verbatim, warnings, wrap } = response
  const shown = elideListResponses && operation === 'list' ? elided(data) : data
  return {
    auth: auth && loginOf(auth, hashing),
    ...mountOf(mount),
    ...(shown && dataOf(shown, { hashing, clear: mount?.nonHmacResponseKeys, weight: weights.response })),
    ...(verbatim !== undefined && bodyOf(verbatim, hashing)),
    wrap_info: wrap && wrapOf(wrap, hashing),
    ...inRoom('warnings', filled(warnings)),
  }
}

const longestBody = 131_072

/** An answer kept earlier and given back as text: unwrapping. One hash stands for all of it, where it is not too long for that. */
function bodyOf(text: string, hashing: Hashing) {
  return text.length <= longestBody ? { body: hashing.text(text) } : { body_omitted: { characters: text.length } }
}

/** The token a login made, in clear only where `log_raw` says so. */
function loginOf(auth: Auth, hashing: Hashing) {
  return {
    client_token: hashing.token(auth.client_token),
    accessor: hashing.accessor(auth.accessor),
    ...policiesOf(auth.policies, auth.token_policies, auth.identity_policies),
    metadata: auth.metadata ?? undefined,
    entity_id: auth.entity_id || undefined,
    token_type: auth.token_type,
    token_ttl: auth.lease_duration,
    num_uses: auth.num_uses || undefined,
  }
}

function wrapOf(wrap: WrapInfo, hashing: Hashing) {
  return {
    token: hashing.token(wrap.token),
    accessor: hashing.accessor(wrap.accessor),
    ttl: wrap.ttl,
    creation_time: wrap.creation_time,
    creation_path: wrap.creation_path,
    wrapped_accessor: wrap.wrapped_accessor === undefined ? undefined : hashing.accessor(wrap.wrapped_accessor),
  }
}

function mountOf(mount: AuditMount | undefined) {
  return mount && {
    mount_point: mount.path,
    mount_type: mount.type,
    mount_accessor: mount.accessor,
    mount_class: mount.class,
    mount_running_version: mount.runningVersion,
  }
}

function headersOf({ headers }: Request, { headers: audited, hashing }: Rendering) {
  if (!headers) return undefined
  const found = Object.entries(audited).flatMap(([name, { hmac }]) => {
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined
    if (value === undefined) return []
    const hidden = hmac || credentials.includes(name)
    const values = typeof value === 'string' ? [value] : value
    return [[name, hidden ? values.map((v) => hashing.text(v)) : values]]
  })
  return found.length > 0 ? Object.fromEntries(found) : undefined
}

/** A listing's names as their number: a log need not repeat a folder of a million. */
function elided(data: Readonly<Record<string, unknown>> | undefined) {
  if (!data) return undefined
  const out = { ...data }
  if (Array.isArray(data['keys'])) out['keys'] = data['keys'].length
  const info = data['key_info']
  if (typeof info === 'object' && info !== null) out['key_info'] = Object.keys(info).length
  return out
}

const granting = (name: string) => ({ name, namespace_id: 'root', type: 'acl' })
const tokenOf = ({ token }: Request, hashing: Hashing) => (token ? hashing.token(token) : undefined)
const filled = <T>(list: readonly T[] | undefined) => (list?.length ? list : undefined)
const keys = (list: readonly string[] | undefined) => (list?.length ? new Set(list) : undefined)
