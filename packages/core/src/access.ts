import { accept, VaultError, type Admission, type Call, type Caller, type Found, type Request } from '@chatelaine/sdk'
import { CoreError } from './errors.js'
import type { Route } from './mounts/table.js'
import { needsSudo, type Access, type Acl, type Decision, type Operation } from './policies/index.js'
import { callerOf, type Token } from './tokens/entry.js'
import type { Vault } from './vault.js'

/** What is known of a request once it has been looked at, before anything of it has been done. */
export interface Visit {
  readonly route: Route | undefined
  readonly found: Found | undefined
  /** The one spelling of the request's path. It is judged, and everything that is done is done under it. */
  readonly address: string
  /** The input as its operation declares it, converted once: what the parameters of a policy are compared with, and what the handler gets. */
  readonly input: unknown
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
  const route = await vault.mounts.route(request.path)
  const located = attempted(() => locate(route, request))
  return !(located instanceof VaultError) && located.path.options.unauthenticated ? 'little' : 'nothing'
}

const wrappingAddresses = ['sys/wrapping/lookup', 'sys/wrapping/unwrap', 'sys/wrapping/rewrap']

/**
 * Who asks, for what, and may they. Whether a path or a mount exists, and whether the input is in form, is told last, so that
 * somebody without permission learns nothing but that.
 */
export async function arrive(vault: Vault, request: Request): Promise<Visit> {
  const visit = await look(vault, request)
  // Nothing may be done with half of what was asked for.
  return request.unread && !visit.refusal ? { ...visit, refusal: CoreError.unread() } : visit
}

async function look(vault: Vault, request: Request): Promise<Visit> {
  const route = await vault.mounts.route(request.path)
  const located = attempted(() => locate(route, request))
  const found = located instanceof VaultError ? undefined : located
  const address = route && found ? addressIn(route, found, request) : request.path
  const accepted = found && !request.help && !request.unread ? attempted(() => accept(found, request.input)) : undefined
  const token = request.token ? await vault.tokens.find(request.token) : undefined
  const caller = token && callerOf(token)
  const fault = located instanceof VaultError ? located : accepted instanceof VaultError ? accepted : undefined
  const input = fault ? undefined : accepted
  const visit = { route, found, address, input, token, caller, operation: 'read' as Operation, grantedBy: [], refusal: undefined }
  if (found?.path.options.unauthenticated) {
    const unknown = found.path.options.judgesToken === true && request.token && !token
    return { ...visit, operation: operationOf(request, false), refusal: unknown ? CoreError.noToken() : fault }
  }
  if (!token || !caller) {
    const refusal = cameWrapped(request, address) ? CoreError.badWrappingToken() : CoreError.noToken()
    return { ...visit, operation: operationOf(request, false), refusal }
  }
  return judge(vault, request, { ...visit, token, caller }, fault)
}

/**
 * Whether a request's own token is the wrapping token that it is about. One that only stands in the body needs a caller beside it, and is
 * left as it is where there is none.
 */
function cameWrapped({ token, input }: Request, address: string): boolean {
  if (!token || !wrappingAddresses.includes(address)) return false
  return !input['token'] || input['token'] === token
}

type Known = Omit<Visit, 'token' | 'caller'> & { readonly token: Token; readonly caller: Caller }

/** A use is taken off the token also when the request is refused: guessing paths shall cost something. */
async function judge(vault: Vault, request: Request, visit: Known, fault: VaultError | undefined): Promise<Visit> {
  const asked = fault ? false : await isNew(visit, request)
  const operation = operationOf(request, asked === true)
  const acl = await vault.policies.acl(visit.caller.policies)
  const verdict = verdictOf(acl, request, { ...visit, operation })
  const sudo = needsSudo(visit.address) || needsSudo(request.path) || visit.found?.path.options.sudo === true
  const allowed = verdict.allowed && (!sudo || verdict.sudo)
  const token = await vault.tokens.use(visit.token)
  const known = { ...visit, operation, token: token ?? visit.token, grantedBy: allowed ? verdict.grantedBy : [] }
  if (!token) return { ...known, refusal: CoreError.noToken() }
  if (!allowed) return { ...known, refusal: CoreError.permissionDenied() }
  if (fault && !asksHelp(request, visit)) return { ...known, refusal: fault }
  return { ...known, refusal: asked instanceof VaultError ? asked : undefined }
}

/**
 * What the policies say of the address that is acted on. Where the thing was spelt otherwise, or has another address, a policy
 * that denies it there, or that asks something of its parameters there, holds here as well: its author can have meant nothing else.
 */
function verdictOf(acl: Acl, { path, input: given, wrapTtl }: Request, { route, address, found, input, operation }: Visit): Decision {
  const more = { data: given, ...(wrapTtl !== undefined && { wrapTtlSeconds: wrapTtl }) }
  const declared = found && { schema: found.operation.input, params: found.params, input, otherwise: input ? otherwise(found, input) : undefined }
  const access: Access = { operation, path: address, ...more, ...(declared && { declared }) }
  const verdict = acl.check(access)
  if (!verdict.allowed || verdict.root) return verdict
  const forbidden = (at: string) => acl.check({ ...access, path: at }).forbidden
  const others = route && found ? addressesOf(acl, route, { address, also: found.also }) : []
  const elsewhere = (path !== address && forbidden(path)) || others.some(forbidden)
  return elsewhere ? { ...verdict, allowed: false } : verdict
}

const otherwise = ({ operation }: Found, input: unknown) => operation.otherwise?.(input)

/** Under which other names a rule may speak of what is at `address`: its other addresses, and every spelling of it and of them. */
function addressesOf(acl: Acl, { mount }: Route, { address, also }: { readonly address: string; readonly also: readonly string[] }): readonly string[] {
  const others = also.length === 0 ? also : also.map((at) => mount.address + at)
  const meant = (of: string) => acl.alike(of).filter((at) => at.startsWith(mount.address) && mount.address + mount.router.judged(at.slice(mount.address.length))[0] === of)
  return [...others, ...[address, ...others].flatMap(meant)]
}

/** Help is asked for a path, whichever verbs it knows. */
const asksHelp = ({ help }: Request, { route }: Pick<Visit, 'route'>) => help === true && route !== undefined

/** The path that a request leads to; throws the error that says it leads nowhere. */
function locate(route: Route | undefined, request: Omit<Request, 'input'>): Found {
  if (!route) throw CoreError.noHandler({ path: request.path })
  if (request.verb === 'write' && route.rest.endsWith('/')) throw CoreError.writeToFolder()
  if (request.path === 'sys/wrapping/wrap' && !request.wrapTtl) throw CoreError.notWrapped()
  return route.mount.router.find(request.verb, route.rest)
}

/** A mount's own address ends in a slash, also where the request left it out. */
function addressIn({ mount, rest }: Route, found: Found, { path }: Request): string {
  const same = found.address === rest && path.length === mount.address.length + rest.length
  return same ? path : mount.address + found.address
}

function attempted<T>(attempt: () => T): T | VaultError {
  try {
    return attempt()
  } catch (error) {
    if (error instanceof VaultError) return error
    throw error
  }
}

export const operationOf = ({ verb }: Request, isNew: boolean): Operation => (verb === 'write' ? (isNew ? 'create' : 'update') : verb)

/** Whether a write would create. Why that cannot be told is a refusal too, but not for ears that may not write here at all. */
async function isNew({ route, found, input, caller }: Visit, request: Request): Promise<boolean | VaultError> {
  if (request.verb !== 'write' || !route || !found?.operation.exists) return false
  try {
    return !(await found.operation.exists(callOf(route, found, { input, caller })))
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
export function callOf(route: Route, found: Pick<Found, 'params'>, { input, caller }: Asked): Call<unknown, unknown> {
  const { storage, records, facts, clock } = route.mount
  return { params: found.params, input, storage, records, clock, mount: facts, caller }
}
