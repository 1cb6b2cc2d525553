import { answering, engine, path, reply, Duration, Name, Names, Pairs, type Call, type Caller, type Engine } from '@chatelaine/sdk'
import { Type as T } from 'typebox'
import { CoreError, TokenError } from '../errors.js'
import type { Ttls } from '../mounts/table.js'
import { tokenAnswers } from './answers.js'
import { createToken, type Wish } from './create.js'
import { ageOf, authOf, describeToken, type Token } from './entry.js'
import { limitsByRole, limitsOfLogin, type RenewalAt } from './renewal.js'
import { rolePaths } from './role-paths.js'
import type { TokenRoles } from './roles.js'
import type { TokenStore } from './store.js'
import { lifetime } from './ttl.js'

export interface TokenEngineContext {
  readonly store: TokenStore
  readonly roles: TokenRoles
  /** Whether `caller` has sudo for writing to `address`. */
  sudo(caller: Caller, address: string): Promise<boolean>
  /** Names in `policies` that nobody has written. */
  missingPolicies(policies: readonly string[]): Promise<readonly string[]>
  /** The TTLs of the mount that a token's path leads to. */
  ttlsAt(path: string): Promise<Ttls>
  /** How the method at a token's path renews those it has let in; undefined where it does not say. */
  renewalAt: RenewalAt
  /** Revokes a token with its descendants and what was kept for them. */
  revoke(key: string): Promise<void>
}

const Wished = T.Object({
  id: T.Optional(T.String({ description: 'The token itself, for those who must choose it; needs sudo.' })),
  policies: T.Optional(Names('policy-name', { description: "Policies of the new token; the caller's if left out." })),
  meta: T.Optional(Pairs({ description: 'Facts kept with the token and written to the audit log.' })),
  no_parent: T.Optional(T.Boolean({ description: 'Make an orphan, which outlives the caller; needs sudo.' })),
  no_default_policy: T.Optional(T.Boolean({ description: 'Leave the policy "default" out.' })),
  renewable: T.Optional(T.Boolean({ description: 'Whether it may be renewed; true if left out.' })),
  ttl: T.Optional(Duration({ description: 'How long it lives.' })),
  lease: T.Optional(Duration({ aliasOf: 'ttl', description: 'Old name of ttl.' })),
  type: T.Optional(T.String({ description: 'service.' })),
  explicit_max_ttl: T.Optional(Duration({ description: 'The longest it may ever live, renewals included.' })),
  display_name: T.Optional(Name('display-name', { description: 'A name for people.' })),
  num_uses: T.Optional(T.Integer({ description: 'How often it may be used; 0 is without limit.' })),
  period: T.Optional(Duration({ description: 'Each renewal gives this long, without end; needs sudo.' })),
  entity_alias: T.Optional(T.String({ description: 'Only with a role that allows it.' })),
})

const Named = T.Object({ token: T.String({ filled: true, description: 'The token.' }) })
const NamedOrOwn = T.Object({ token: T.Optional(T.String({ description: 'The token; your own if left out.' })) })
const Own = T.Object({ token: T.Optional(T.String({ description: 'Accepted; your own token is meant.' })) })
const Increment = { increment: T.Optional(Duration({ description: 'How long from now it shall live, if that is allowed.' })) }
const ByAccessor = { accessor: T.String({ description: "The token's accessor." }) }

/** `auth/token`: making, looking up, renewing and revoking tokens. */
export function tokenEngine(context: TokenEngineContext): Engine {
  return engine({
    type: 'token',
    help: 'Tokens: who may do what, and for how long.',
    paths: answering(
      [...creation(context), ...lookups(context), ...renewals(context), ...revocations(context), ...rolePaths(context)],
      tokenAnswers,
    ),
  })
}

function creation(context: TokenEngineContext) {
  const make = async (call: Call<unknown, Wish>, kind: { readonly address: string; readonly orphan: boolean; readonly role?: string }) => {
    const caller = callerOf(call)
    const role = kind.role === undefined ? undefined : await context.roles.get(kind.role)
    if (kind.role !== undefined && !role) throw TokenError.unknownRole()
    const address = `auth/token/${kind.address}`
    const created = await createToken(
      {
        store: context.store,
        mountDefault: call.mount.defaultLeaseTtl,
        mountMax: call.mount.maxLeaseTtl,
        sudo: await context.sudo(caller, address),
        role,
        path: role?.path_suffix ? `${address}/${role.path_suffix}` : address,
        orphan: kind.orphan,
      },
      caller.tokenKey,
      call.input,
    )
    const { entry } = created.token
    const missing = await context.missingPolicies(entry.policies)
    const warnings = [...created.warnings, ...missing.map((name) => `Policy "${name}" does not exist`)]
    return reply({ auth: authOf(entry, entry.creationTime), warnings })
  }
  return [
    path('create', 'Make a token.').write({
      summary: 'Make a child of your token.',
      input: Wished,
      handle: (call) => make(call, { address: 'create', orphan: false }),
    }),
    path('create-orphan', 'Make a token without a parent.', { sudo: true }).write({
      summary: 'Make a token that outlives yours.',
      input: Wished,
      handle: (call) => make(call, { address: 'create-orphan', orphan: true }),
    }),
    path('create/{role}', 'Make a token by a role.').write({
      summary: 'Make a token that keeps to the bounds of a role.',
      input: Wished,
      handle: (call) => make(call, { address: `create/${call.params.role}`, orphan: false, role: call.params.role }),
    }),
  ] as const
}

function lookups({ store }: TokenEngineContext) {
  const lookup = async (call: Call<unknown, { token?: string }>) => {
    const token = call.input.token ? await store.find(call.input.token) : await own(store, call)
    if (!token) throw TokenError.badToken()
    return reply({ data: describeToken(token.entry, store.now()) })
  }
  return [
    path('lookup', 'What a token is.')
      .write({ summary: 'Look a token up.', input: NamedOrOwn, handle: lookup })
      .read({
        summary: 'Look your own token up.',
        handle: async (call) => reply({ data: describeToken((await own(store, call)).entry, store.now()) }),
      }),
    path('lookup-self', 'What your own token is.')
      .read({
        summary: 'Look your own token up.',
        handle: async (call) => reply({ data: describeToken((await own(store, call)).entry, store.now()) }),
      })
      .write({
        summary: 'Look your own token up.',
        input: Own,
        handle: async (call) => reply({ data: describeToken((await own(store, call)).entry, store.now()) }),
      }),
    path('lookup-accessor', 'What the token behind an accessor is.').write({
      summary: 'Look a token up without knowing it.',
      input: T.Object(ByAccessor),
      handle: async ({ input }) => {
        const { entry } = await byAccessor(store, input.accessor)
        return reply({ data: describeToken(entry, store.now(), '') })
      },
    }),
    path('accessors', 'The accessors of all living tokens.', { sudo: true }).list({
      summary: 'List accessors.',
      output: T.Object({ keys: T.Array(T.String()) }),
      handle: async () => {
        let unreadable = 0
        const keys = await store.accessors(() => (unreadable += 1))
        return reply({ data: { keys }, warnings: unreadable > 0 ? [`${unreadable} tokens are not listed: their records cannot be read`] : [] })
      },
    }),
  ] as const
}

function renewals({ store, roles, ttlsAt, renewalAt }: TokenEngineContext) {
  const renew = async (call: Call<unknown, { increment?: number }>, token: Token | undefined, hidden = false) => {
    if (!token) throw TokenError.notFound()
    const { entry } = token
    if (entry.expireTime === 0 || !entry.renewable) throw TokenError.notRenewable()
    const now = store.now()
    const limits = entry.role === '' ? await limitsOfLogin(renewalAt, entry) : await limitsByRole(roles, entry)
    // The bounds are those of the method that let it in, not of `auth/token`.
    const { defaultLeaseTtl: mountDefault, maxLeaseTtl: mountMax } = await ttlsAt(entry.path)
    const asked = call.input.increment && call.input.increment > 0 ? call.input.increment : limits.ttl
    const { ttl, warnings } = lifetime({ ...limits, ttl: asked, mountDefault, mountMax }, ageOf(entry, now))
    if (ttl <= 0) throw TokenError.pastMax()
    const renewed = await store.extend(token, now + ttl)
    if (!renewed) throw TokenError.notFound()
    const auth = authOf(renewed.entry, now)
    return reply({ auth: hidden ? { ...auth, client_token: '' } : auth, warnings })
  }
  return [
    path('renew', 'Let a token live longer.').write({
      summary: 'Renew a token.',
      input: T.Object({ ...NamedOrOwn.properties, ...Increment }),
      handle: async (call) => renew(call, call.input.token ? await store.find(call.input.token) : await own(store, call)),
    }),
    path('renew-self', 'Let your own token live longer.').write({
      summary: 'Renew your own token.',
      input: T.Object({ ...Own.properties, ...Increment }),
      handle: async (call) => renew(call, await own(store, call)),
    }),
    path('renew-accessor', 'Let the token behind an accessor live longer.').write({
      summary: 'Renew a token without knowing it.',
      input: T.Object({ ...ByAccessor, ...Increment }),
      handle: async (call) => renew(call, await byAccessor(store, call.input.accessor), true),
    }),
  ] as const
}

function revocations({ store, revoke }: TokenEngineContext) {
  return [
    path('revoke', 'End a token and all its descendants.').write({
      summary: 'Revoke a token.',
      input: Named,
      handle: async ({ input }) => void (await revoke(store.keyOf(input.token))),
    }),
    path('revoke-self', 'End your own token and all its descendants.').write({
      summary: 'Revoke your own token.',
      handle: async (call) => void (await revoke(callerOf(call).tokenKey)),
    }),
    path('revoke-accessor', 'End the token behind an accessor.').write({
      summary: 'Revoke a token without knowing it.',
      input: T.Object({ accessor: T.String({ filled: true, description: "The token's accessor." }) }),
      handle: async ({ input }) => {
        const token = await store.byAccessor(input.accessor)
        if (!token) return reply({ status: 200, warnings: ['No token found with this accessor'] })
        await revoke(token.key)
        return undefined
      },
    }),
    path('revoke-orphan', 'End a token and let its children live on.', { sudo: true }).write({
      summary: 'Revoke a token but not its descendants.',
      input: Named,
      handle: async ({ input }) => {
        const token = await store.find(input.token)
        if (!token) throw CoreError.invalid({ problem: 'token to revoke not found' })
        const spared = await store.orphanChildren(token.key)
        await revoke(token.key)
        spared.raise()
        return undefined
      },
    }),
    path('tidy', 'Remove what revocations left behind.').write({
      summary: 'Tidy the token store.',
      handle: async () =>
        reply({ status: 202, warnings: ['Nothing is left behind here: a token and its indexes are removed in one commit.'] }),
    }),
  ] as const
}

function callerOf({ caller }: Pick<Call<unknown, unknown>, 'caller'>): Caller {
  if (!caller) throw CoreError.permissionDenied()
  return caller
}

async function own(store: TokenStore, call: Pick<Call<unknown, unknown>, 'caller'>): Promise<Token> {
  const token = await store.held(callerOf(call).tokenKey)
  if (!token) throw CoreError.permissionDenied()
  return token
}

async function byAccessor(store: TokenStore, accessor: string): Promise<Token> {
  const token = await store.byAccessor(accessor)
  if (!token) throw TokenError.invalidAccessor()
  return token
}
