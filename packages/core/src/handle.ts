import { uuid } from '@chatelaine/crypto'
import { engineHelp, openapiDocument, pathHelp, reply, RequestError, run, unrecognized, VaultError, type Found, type Reply, type Request, type Response } from '@chatelaine/sdk'
import { arrive, callOf, operationOf, type Visit } from './access.js'
import { documented, type Route } from './mounts/table.js'
import { CoreError } from './errors.js'
import { Facts } from './facts.js'
import { toResponse, warned } from './response.js'
import { authOf, callerOf } from './tokens/entry.js'
import { tokenFor } from './tokens/grant.js'
import type { Vault } from './vault.js'

/** `root`, or no name at all; clients put slashes around either. */
export function isRootNamespace(name = ''): boolean {
  const names = name.split('/').filter((part) => part !== '')
  return names.length === 0 || (names.length === 1 && names[0] === 'root')
}

/**
 * One request, from the door to the answer: who asks and may they (access) · write it down (audit) · do it (the engine) ·
 * hand out a token or wrap the answer · write that down (audit). Nothing leaves that could not be written down.
 */
export async function handle(vault: Vault, request: Request): Promise<Response> {
  const requestId = uuid()
  const visit = await visitOf(vault, request)
  try {
    const facts = new Facts(requestId, request, visit)
    await vault.audit.request(facts)
    const outcome = await attempt(vault, request, { ...visit, requestId })
    await vault.audit.response(Object.assign(facts, outcome)).catch(async (error: unknown) => {
      if ('response' in outcome) await withdraw(vault, outcome.response)
      throw error
    })
    if ('error' in outcome) throw outcome.error
    return outcome.response
  } finally {
    if (visit.token && visit.token.entry.numUses < 0) await vault.revoke(visit.token.key)
  }
}

/** What stops a request before it could be judged is a refusal like any other, and is written down as one. */
async function visitOf(vault: Vault, request: Request): Promise<Visit> {
  const nowhere = { route: undefined, found: undefined, address: request.path, input: undefined, token: undefined, caller: undefined, grantedBy: [], operation: operationOf(request, false) }
  try {
    if (isRootNamespace(request.namespace)) return await arrive(vault, request)
    const token = request.token ? await vault.tokens.find(request.token) : undefined
    return { ...nowhere, token, caller: token && callerOf(token), refusal: CoreError.namespaces() }
  } catch (error) {
    // Where storage cannot be asked, neither can it be asked who writes things down.
    if (!(error instanceof VaultError) || error.status === 503) throw error
    return { ...nowhere, refusal: error }
  }
}

/**
 * Revokes the tokens that an answer would have handed out, had it been allowed to leave: nobody knows them, and nobody shall
 * find them alive. A token that was only renewed is somebody's already.
 */
async function withdraw({ tokens, revoke }: Vault, { auth, wrap }: Response): Promise<void> {
  for (const accessor of [wrap?.accessor, wrap?.wrapped_accessor, auth?.accessor]) {
    const token = accessor === undefined ? undefined : await tokens.byAccessor(accessor)
    if (token?.entry.lastRenewal === 0) await revoke(token.key)
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

async function answer(vault: Vault, request: Request, { route, found, address, input, caller, refusal, requestId }: Admitted): Promise<Response> {
  if (refusal) throw refusal
  if (!route) throw CoreError.noHandler({ path: request.path })
  if (request.help) return helpFor(vault, requestId, request, route)
  if (!found) throw CoreError.noHandler({ path: request.path })
  const given = told(found, request, await run(found, callOf(route, found, { input, caller })))
  const response = warned(toResponse(requestId, request.verb, await withToken(vault, address, { given, route })), unrecognized(found, request.input))
  return wrapped(vault, { address, ttl: request.wrapTtl, known: caller !== undefined }, response)
}

/** Who writes under another spelling of a name than it is kept under is told so. */
function told({ mended }: Found, { verb }: Request, given: Reply | undefined): Reply | undefined {
  if (verb !== 'write' || mended.length === 0) return given
  return reply({ ...given?.fields, warnings: [...mended, ...(given?.fields.warnings ?? [])] })
}

/**
 * An auth method has accepted a login: only the core makes tokens, and none for an answer that says no. That another engine
 * than those two hands out a token is a bug, and nothing of its answer leaves.
 */
async function withToken(
  vault: Vault,
  path: string,
  { given, route }: { readonly given: Reply | undefined; readonly route: NonNullable<Visit['route']> },
): Promise<Reply | undefined> {
  if (!given) return given
  const { mount } = route
  const { grant, auth, wrap, status = 200 } = given.fields
  if (auth && mount.entry.type !== 'token') throw new Error(`the engine at ${mount.address} made a token of its own`)
  if (wrap && mount.address !== 'sys/') throw new Error(`the engine at ${mount.address} wrapped an answer of its own`)
  if (!grant) return given
  if (mount.entry.kind !== 'auth' || status >= 300) throw new Error(`the engine at ${mount.address} let somebody in that it may not`)
  const standing = () => vault.mounts.standing(mount)
  const made = await tokenFor(vault.tokens, grant, { mount: mount.facts, path, standing })
  const warnings = [...(given.fields.warnings ?? []), ...made.warnings]
  return { fields: { ...given.fields, auth: authOf(made.token.entry, made.token.entry.creationTime), warnings } }
}

interface Asked {
  readonly address: string
  readonly ttl: number | undefined
  /** Whether the caller has shown a token. */
  readonly known: boolean
}

/**
 * Unwrapping is not wrapped again, and neither is an answer that says nothing. A wrapped answer is kept in storage, so nobody may have
 * one kept who has neither shown a token nor logged in by this request: what such a caller is told, anybody may be told.
 */
async function wrapped(vault: Vault, { address, ttl, known }: Asked, response: Response): Promise<Response> {
  if (ttl && response.stream) throw CoreError.tooLongToWrap()
  if (!ttl || response.wrap || response.verbatim !== undefined || !(response.data ?? response.auth)) return response
  if (response.status >= 300) return response
  if (!known && !response.auth) return { ...response, warnings: [...(response.warnings ?? []), 'this answer is not wrapped: wrapping needs a token'] }
  const { requestId, status } = response
  return { requestId, status, wrap: await vault.wrapping.wrap(response, address, ttl) }
}

/** At a mount's own address: what the engine is and all its paths. Below it: what can be done at that one. */
function helpFor(vault: Vault, requestId: string, request: Request, { mount, rest }: Route): Response {
  const paths = mount.router.matching(rest)
  if (rest !== '' && paths.length === 0) throw RequestError.unsupportedPath()
  const help = rest === '' ? engineHelp(mount.engine) : pathHelp(request.path, paths)
  const engine = rest === '' ? mount.engine : { ...mount.engine, paths }
  const openapi = openapiDocument([{ ...documented(mount), engine }], vault.version)
  return { requestId, status: 200, form: 'bare', data: { help, see_also: null, openapi } }
}
