import { untilCommitted } from '@chatelaine/sdk'
import { CoreError, TokenError } from '../errors.js'
import { assignable, normalizePolicyName } from '../policies/index.js'
import type { Token } from './entry.js'
import { smallest } from './renewal.js'
import { globMatches, type TokenRole } from './roles.js'
import type { NewToken, TokenStore } from './store.js'
import { lifetime } from './ttl.js'
import { checkType } from './types.js'

/** What a request may ask for when it makes a token. Seconds. */
export interface Wish {
  readonly id?: string | undefined
  readonly policies?: readonly string[] | undefined
  readonly meta?: Readonly<Record<string, string>> | undefined
  readonly no_parent?: boolean | undefined
  readonly no_default_policy?: boolean | undefined
  readonly renewable?: boolean | undefined
  readonly ttl?: number | undefined
  readonly lease?: number | undefined
  readonly type?: string | undefined
  readonly explicit_max_ttl?: number | undefined
  readonly display_name?: string | undefined
  readonly num_uses?: number | undefined
  readonly period?: number | undefined
  readonly entity_alias?: string | undefined
}

export interface CreateContext {
  readonly store: TokenStore
  readonly mountDefault: number
  readonly mountMax: number
  /** Whether the caller has sudo on the path asked for; root has. */
  readonly sudo: boolean
  readonly role?: TokenRole | undefined
  /** The path the token will say it was made by. */
  readonly path: string
  readonly orphan: boolean
}

export interface Created {
  readonly token: Token
  readonly warnings: readonly string[]
}

/** Makes a token for `parentKey`'s holder, by the rules of Vault's token store. */
export async function createToken(context: CreateContext, parentKey: string, wish: Wish): Promise<Created> {
  const { store } = context
  return untilCommitted(async () => {
    const parent = await store.held(parentKey)
    if (!parent) throw CoreError.permissionDenied()
    const { fresh, warnings } = plan(context, parent, wish)
    if (fresh.id !== undefined && (await store.taken(fresh.id))) throw TokenError.idTaken()
    const token = await store.create(fresh, parent)
    return token && { token, warnings }
  })
}

function plan(context: CreateContext, parent: Token, wish: Wish): { fresh: NewToken; warnings: readonly string[] } {
  const { role, sudo } = context
  refuse(context, parent, wish)
  const policies = policiesOf(context, parent, wish)
  const now = context.store.now()
  const bounds = {
    ttl: wish.ttl || wish.lease || 0,
    period: smallest(wish.period ?? 0, role?.token_period ?? 0),
    explicitMaxTtl: smallest(wish.explicit_max_ttl ?? 0, role?.token_explicit_max_ttl ?? 0),
    maxTtl: 0,
    mountDefault: context.mountDefault,
    mountMax: context.mountMax,
  }
  const eternal = policies.includes('root') && bounds.ttl === 0 && bounds.period === 0 && bounds.explicitMaxTtl === 0
  if (eternal && parent.entry.expireTime > 0) throw TokenError.expiringRoot()
  const { ttl, warnings } = eternal ? { ttl: 0, warnings: [] } : lifetime(bounds, 0)
  const orphan = context.orphan || role?.orphan === true || (wish.no_parent === true && sudo)
  const fresh: NewToken = {
    ...(wish.id !== undefined && wish.id !== '' && { id: wish.id }),
    policies,
    path: context.path,
    meta: wish.meta ?? null,
    displayName: displayName(wish.display_name),
    numUses: smallest(wish.num_uses ?? 0, role?.token_num_uses ?? 0),
    creationTime: now,
    creationTtl: ttl,
    explicitMaxTtl: bounds.explicitMaxTtl,
    period: bounds.period,
    maxTtl: 0,
    renewable: !eternal && (role?.renewable ?? true) && (wish.renewable ?? true),
    orphan,
    parent: orphan ? '' : parent.key,
    role: role?.name ?? '',
    ...(role && { asked: { period: wish.period ?? 0, explicitMaxTtl: wish.explicit_max_ttl ?? 0 } }),
    entityId: orphan ? '' : parent.entry.entityId,
    expireTime: eternal ? 0 : now + ttl,
  }
  return { fresh, warnings: [...lessers(role, wish), ...warnings] }
}

/** Where the role and the request both set a bound, the lesser one holds, and that is said. */
function lessers(role: TokenRole | undefined, { period = 0, explicit_max_ttl = 0 }: Wish): readonly string[] {
  const both = (what: string, asked: number, set = 0) =>
    asked > 0 && set > 0 ? [`${what} specified both during creation call and in role; using the lesser value of ${Math.min(asked, set)} seconds`] : []
  return [...both('Explicit max TTL', explicit_max_ttl, role?.token_explicit_max_ttl), ...both('Period', period, role?.token_period)]
}

const lengths = ['ttl', 'lease', 'explicit_max_ttl', 'period'] as const

/** A token is read by each of its requests, and its names and metadata written into each of their audit records. */
function refuseTooMuch({ policies = [], meta = {}, display_name: name = '' }: Wish): void {
  if (name.length > longestDisplayName) throw TokenError.longDisplayName()
  const entries = Object.entries(meta)
  const characters = entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  if (policies.length > most || entries.length > most || characters > mostCharacters) throw TokenError.tooMuch()
}

const most = 256
const mostCharacters = 65_536
const longestDisplayName = 1000

function refuse({ sudo, role }: CreateContext, parent: Token, wish: Wish): void {
  if (parent.entry.numUses !== 0) throw TokenError.restricted()
  refuseTooMuch(wish)
  checkType(wish.type, ['service'])
  if ((wish.num_uses ?? 0) < 0) throw CoreError.invalid({ problem: 'number of uses cannot be negative' })
  const negative = lengths.find((name) => (wish[name] ?? 0) < 0)
  if (negative) throw CoreError.invalid({ problem: `${negative} must be positive` })
  if (wish.entity_alias && !role) throw TokenError.aliasWithoutRole()
  if (wish.entity_alias) throw CoreError.invalid({ problem: 'entity_alias needs the identity engine, which this server does not have' })
  if (wish.id) {
    if (!sudo) throw TokenError.needsSudo({ what: 'specify token id' })
    if (/^hv[sbr]\./.test(wish.id) || wish.id.includes('.') || !/^[\x21-\x7e]+$/.test(wish.id)) throw TokenError.badId()
  }
  if (wish.no_parent && !sudo) throw TokenError.needsSudo({ what: 'create orphan token' })
  if (wish.period && !sudo && !role?.token_period) throw TokenError.needsSudo({ what: 'create periodic token' })
}

function policiesOf({ role, sudo }: CreateContext, parent: Token, wish: Wish): readonly string[] {
  const wanted = clean(wish.policies ?? [])
  const noDefault = wish.no_default_policy === true || role?.token_no_default_policy === true
  if (role && bounding(role)) return fromRole(role, parent, { wanted, noDefault })
  const base = wanted.length > 0 ? wanted : clean(parent.entry.policies)
  const isRoot = parent.entry.policies.includes('root')
  if (base.includes('root') && !isRoot) throw sudo ? TokenError.rootRole() : TokenError.notSubset()
  if (!sudo && !isRoot && !base.every((name) => parent.entry.policies.includes(name))) throw TokenError.notSubset()
  // Who has no `default` cannot hand it on; only sudo gives a child more than its parent has.
  const addDefault = (wanted.length > 0 && (sudo || isRoot)) || parent.entry.policies.includes('default')
  return finish(base, addDefault, noDefault)
}

/** A role that names no policies leaves them to the usual rules. */
const bounding = (role: TokenRole) =>
  [role.allowed_policies, role.allowed_policies_glob, role.disallowed_policies, role.disallowed_policies_glob].some((list) => list.length > 0)

interface Asked {
  readonly wanted: readonly string[]
  readonly noDefault: boolean
}

/** Such a role decides alone: its tokens may have policies that the caller lacks. */
function fromRole(role: TokenRole, parent: Token, { wanted, noDefault }: Asked): readonly string[] {
  const restricted = role.allowed_policies.length > 0 || role.allowed_policies_glob.length > 0
  const base = wanted.length > 0 ? wanted : clean(restricted ? role.allowed_policies : parent.entry.policies)
  const fits = (name: string) => name === 'default' || listed(name, role.allowed_policies, role.allowed_policies_glob)
  if (restricted && !base.every(fits)) {
    throw TokenError.notAllowedByRole({ allowed: [...role.allowed_policies, ...role.allowed_policies_glob] })
  }
  if (base.includes('root') && !parent.entry.policies.includes('root')) throw TokenError.rootRole()
  const refused = (name: string) => listed(name, role.disallowed_policies, role.disallowed_policies_glob)
  const policies = finish(base, !refused('default'), noDefault)
  if (policies.some(refused)) throw TokenError.disallowedByRole()
  return policies
}

const listed = (name: string, names: readonly string[], globs: readonly string[]) =>
  names.includes(name) || globs.some((glob) => globMatches(glob, name))

function clean(names: readonly string[]): readonly string[] {
  const normal = names.filter((name) => name !== '').map(normalizePolicyName)
  // What has a form and is not empty, as these, can only be that one.
  if (!normal.every(assignable)) throw CoreError.invalid({ problem: 'policy "response-wrapping" cannot be assigned' })
  // Root needs no company: what stands beside it would only mislead a reader.
  return normal.includes('root') ? ['root'] : [...new Set(normal)].sort()
}

/** `default` stands beside the others unless somebody asked for it not to; beside root it would only mislead. */
function finish(base: readonly string[], addDefault: boolean, noDefault: boolean): readonly string[] {
  if (noDefault) return base.filter((name) => name !== 'default')
  return addDefault && !base.includes('root') ? [...new Set([...base, 'default'])].sort() : base
}

const displayName = (wish = '') => (wish === '' ? 'token' : `token-${wish}`)
