import {
  acceptInput, VaultError, type Admission, type AnyOperation, type Call, type Caller, type Found, type Request,
} from '@chatelaine/sdk'
import { CoreError } from './errors.js'
import type { Route } from './mounts/table.js'
import { needsSudo, type Operation } from './policies/index.js'
import { callerOf, type Token } from './tokens/entry.js'
import type { Vault } from './vault.js'

/** What is known of a request once it has been looked at, before anything of it has been done. */
export interface Visit {
  readonly route: Route | undefined
  readonly found: Found | undefined
  readonly operation: Operation
  readonly token: Token | undefined
  readonly caller: Caller | undefined
  readonly grantedBy: readonly string[]
  /** Why it may not go on. */
  readonly refusal: VaultError | undefined
}

/**
 * How large a body may come with `request`, as far as can be told before it is read: without a valid token only what is declared
 * as open to anybody has any.
 */
export async function admit(vault: Vault, request: Omit<Request, 'input'>): Promise<Admission> {
  if (request.token && (await vault.tokens.find(request.token))) return 'all'
  const located = locate(await vault.mounts.route(request.path), request)
  return !(located instanceof VaultError) && located.path.options.unauthenticated ? 'little' : 'nothing'
}

const wrappingAddresses = ['sys/wrapping/lookup', 'sys/wrapping/unwrap', 'sys/wrapping/rewrap']

/**
 * Who asks, for what, and may they. Whether a path or a mount exists is decided last, so that somebody without permission
 * learns nothing but that.
 */
export async function arrive(vault: Vault, request: Request): Promise<Visit> {
  const visit = await look(vault, request)
  // Nothing may be done with half of what was asked for.
  return request.unread && !visit.refusal ? { ...visit, refusal: CoreError.unread() } : visit
}

async function look(vault: Vault, request: Request): Promise<Visit> {
  const route = await vault.mounts.route(request.path)
  const located = locate(route, request)
  const found = located instanceof VaultError ? undefined : located
  const token = request.token ? await vault.tokens.find(request.token) : undefined
  const caller = token && callerOf(token)
  const visit = { route, found, token, caller, operation: 'read' as Operation, grantedBy: [], refusal: undefined }
  if (found?.path.options.unauthenticated) {
    const unknown = found.path.options.judgesToken === true && request.token && !token
    return { ...visit, operation: operationOf(request, false), refusal: unknown ? CoreError.noToken() : undefined }
  }
  if (!token || !caller) {
    const refusal = cameWrapped(request) ? CoreError.badWrappingToken() : CoreError.noToken()
    return { ...visit, operation: operationOf(request, false), refusal }
  }
  return judge(vault, request, { ...visit, token, caller }, located)
}

/**
 * Whether a request's own token is the wrapping token that it is about. One that only stands in the body needs a caller beside it, and is
 * left as it is where there is none.
 */
function cameWrapped({ path, token, input }: Request): boolean {
  if (!token || !wrappingAddresses.includes(path)) return false
  return !input['token'] || input['token'] === token
}

type Known = Omit<Visit, 'token' | 'caller'> & { readonly token: Token; readonly caller: Caller }

/** A use is taken off the token also when the request is refused: guessing paths shall cost something. */
async function judge(vault: Vault, request: Request, visit: Known, located: Found | VaultError): Promise<Visit> {
  const asked = await isNew(visit, request)
  const operation = operationOf(request, asked === true)
  const acl = await vault.policies.acl(visit.caller.policies)
  const verdict = acl.check({ operation, ...accessOf(request) })
  const sudo = needsSudo(request.path) || visit.found?.path.options.sudo === true
  const allowed = verdict.allowed && (!sudo || verdict.sudo)
  const token = await vault.tokens.use(visit.token)
  const known = { ...visit, operation, token: token ?? visit.token, grantedBy: allowed ? verdict.grantedBy : [] }
  if (!token) return { ...known, refusal: CoreError.noToken() }
  if (!allowed) return { ...known, refusal: CoreError.permissionDenied() }
  if (located instanceof VaultError && !asksHelp(request, visit)) return { ...known, refusal: located }
  return { ...known, refusal: asked instanceof VaultError ? asked : undefined }
}

/** Help is asked for a path, whichever verbs it knows. */
const asksHelp = ({ help }: Request, { route }: Pick<Visit, 'route'>) => help === true && route !== undefined

/** The path that a request leads to, or the error that says it leads nowhere. */
function locate(route: Route | undefined, request: Omit<Request, 'input'>): Found | VaultError {
  if (!route) return CoreError.noHandler({ path: request.path })
  if (request.verb === 'write' && route.rest.endsWith('/')) return CoreError.writeToFolder()
  if (request.path === 'sys/wrapping/wrap' && !request.wrapTtl) return CoreError.notWrapped()
  try {
    return route.mount.router.find(request.verb, route.rest)
  } catch (error) {
    if (error instanceof VaultError) return error
    throw error
  }
}

const accessOf = ({ path, input, wrapTtl }: Request) => ({ path, data: input, ...(wrapTtl !== undefined && { wrapTtlSeconds: wrapTtl }) })

export const operationOf = ({ verb }: Request, isNew: boolean): Operation => (verb === 'write' ? (isNew ? 'create' : 'update') : verb)

/** Whether a write would create. Why that cannot be told is a refusal too, but not for ears that may not write here at all. */
async function isNew({ route, found, caller }: Visit, request: Request): Promise<boolean | VaultError> {
  if (request.verb !== 'write' || !route || !found?.operation.exists) return false
  try {
    return !(await found.operation.exists(callOf(route, found, { input: acceptInput(found.operation.input, request.input), caller })))
  } catch (error) {
    if (error instanceof VaultError) return error
    throw error
  }
}

interface Asked {
  readonly input: unknown
  readonly caller: Caller | undefined
}

/** What a handler is given, for a request that came by `route`. */
export function callOf(route: Route, found: Pick<Found, 'params'> & { readonly operation: AnyOperation }, { input, caller }: Asked): Call<unknown, unknown> {
  const { storage, records, facts, clock } = route.mount
  return { params: found.params, input, storage, records, clock, mount: facts, caller }
}
