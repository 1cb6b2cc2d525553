import { untilCommitted } from '@chatelaine/sdk'
import { CoreError, TokenError } from '../errors.js'
import { assignable, normalizePolicyName } from '../policies/index.js'
import type { Token } from './entry.js'
import { globMatches, type TokenRole } from './roles.js'
import type { NewToken, TokenStore } from './store.js'
import { lifetime } from './ttl.js'

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
    const parent = await store.byKey(parentKey)
    if (!parent) throw CoreError.permissionDenied()
    const { fresh, warnings } = plan(context, parent, wish)
    if (fresh.id !== undefined && (await store.find(fresh.id))) throw TokenError.idTaken()
    const token = await store.create(fresh, fresh.orphan ? undefined : parent)
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
    period: role?.token_period || (wish.period ?? 0),
    explicitMaxTtl: smallest(wish.explicit_max_ttl ?? 0, role?.token_explicit_max_ttl ?? 0),
    maxTtl: 0,
    mountDefault: context.mountDefault,
    mountMax: context.mountMax,
  }
  const eternal = policies.includes('root') && bounds.ttl === 0 && bounds.period === 0 && bounds.explicitMaxTtl === 0
  if (policies.includes('root') && eternal && parent.entry.expireTime > 0) throw TokenError.expiringRoot()
  const { ttl, warnings } = eternal ? { ttl: 0, warnings: [] } : lifetime(bounds, 0)
  const orphan = context.orphan || role?.orphan === true || (wish.no_parent === true && sudo)
  const fresh: NewToken = {
    ...(wish.id !== undefined && wish.id !== '' && { id: wish.id }),
    policies,
    path: context.path,
    meta: wish.meta && Object.keys(wish.meta).length > 0 ? wish.meta : null,
    displayName: displayName(wish.display_name),
    numUses: wish.num_uses || role?.token_num_uses || 0,
    creationTime: now,
    creationTtl: ttl,
    explicitMaxTtl: bounds.explicitMaxTtl,
    period: bounds.period,
    maxTtl: 0,
    renewable: !eternal && (role?.renewable ?? true) && (wish.renewable ?? true),
    orphan,
    parent: orphan ? '' : parent.key,
    role: role?.name ?? '',
    entityId: orphan ? '' : parent.entry.entityId,
    expireTime: eternal ? 0 : now + ttl,
  }
  return { fresh, warnings }
}

function refuse({ sudo, role }: CreateContext, parent: Token, wish: Wish): void {
  if (parent.entry.numUses !== 0) throw TokenError.restricted()
  if (wish.type === 'batch' || role?.token_type === 'batch') throw TokenError.batch()
  if (wish.num_uses !== undefined && wish.num_uses < 0) throw CoreError.invalid({ problem: 'number of uses cannot be negative' })
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
  if (role) return fromRole(role, parent, { wanted, noDefault })
  const base = wanted.length > 0 ? wanted : clean(parent.entry.policies)
  const isRoot = parent.entry.policies.includes('root')
  if (base.includes('root') && !isRoot) throw sudo ? TokenError.rootRole() : TokenError.notSubset()
  if (!sudo && !isRoot && !base.every((name) => name === 'default' || parent.entry.policies.includes(name))) throw TokenError.notSubset()
  // A parent without `default` hands it on only when asked; policies named by the caller get it as in Vault.
  const addDefault = !noDefault && !base.includes('root') && (wanted.length > 0 || parent.entry.policies.includes('default'))
  return finish(base, addDefault, noDefault)
}

interface Asked {
  readonly wanted: readonly string[]
  readonly noDefault: boolean
}

function fromRole(role: TokenRole, parent: Token, { wanted, noDefault }: Asked): readonly string[] {
  const restricted = role.allowed_policies.length > 0 || role.allowed_policies_glob.length > 0
  const allowed = [...role.allowed_policies, ...role.allowed_policies_glob]
  const base = wanted.length > 0 ? wanted : role.allowed_policies.length > 0 ? clean(role.allowed_policies) : clean(parent.entry.policies)
  const fits = (name: string) => role.allowed_policies.includes(name) || role.allowed_policies_glob.some((glob) => globMatches(glob, name))
  if (restricted && !base.every((name) => name === 'default' || fits(name))) {
    throw TokenError.notAllowedByRole({ policies: base, allowed })
  }
  const isRoot = parent.entry.policies.includes('root')
  const outside = (name: string) => name !== 'default' && !parent.entry.policies.includes(name)
  if (!restricted && !isRoot && role.disallowed_policies.length + role.disallowed_policies_glob.length === 0 && base.some(outside)) {
    throw TokenError.notSubset()
  }
  if (base.includes('root') && !isRoot) throw TokenError.rootRole()
  const policies = finish(base, !noDefault && !base.includes('root'), noDefault)
  const refused = policies.find(
    (name) => role.disallowed_policies.includes(name) || role.disallowed_policies_glob.some((glob) => globMatches(glob, name)),
  )
  if (refused !== undefined) throw TokenError.disallowedByRole({ policy: refused })
  return policies
}

function clean(names: readonly string[]): readonly string[] {
  const normal = names.filter((name) => name !== '').map(normalizePolicyName)
  const odd = normal.find((name) => !assignable(name))
  if (odd !== undefined) throw CoreError.invalid({ problem: `policy "${odd}" cannot be assigned` })
  // Root needs no company: what stands beside it would only mislead a reader.
  return normal.includes('root') ? ['root'] : [...new Set(normal)].sort()
}

const finish = (base: readonly string[], addDefault: boolean, noDefault: boolean) => {
  const kept = noDefault ? base.filter((name) => name !== 'default') : base
  return [...new Set(addDefault ? [...kept, 'default'] : kept)].sort()
}

const displayName = (wish = '') => {
  const safe = wish.replace(/[^A-Za-z0-9-]/g, '-').replace(/^-+|-+$/g, '')
  return safe === '' ? 'token' : `token-${safe}`
}

const smallest = (a: number, b: number) => (a > 0 && b > 0 ? Math.min(a, b) : a || b)
