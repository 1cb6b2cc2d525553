import { path, reply, Duration, Names, Strings } from '@chatelaine/sdk'
import { Type as T, type Static } from 'typebox'
import { CoreError, TokenError } from '../errors.js'
import type { TokenRole, TokenRoles } from './roles.js'
import { checkType } from './types.js'

const Fields = T.Object({
  allowed_policies: T.Optional(Names('policy-name', { description: 'Policies a token may have; any if empty.' })),
  disallowed_policies: T.Optional(Names('policy-name', { description: 'Policies a token may not have.' })),
  allowed_policies_glob: T.Optional(Names('policy-name', { aliasOf: 'allowed_policies', globs: true, description: 'As allowed_policies, with *.' })),
  disallowed_policies_glob: T.Optional(Names('policy-name', { aliasOf: 'disallowed_policies', globs: true, description: 'As disallowed_policies, with *.' })),
  allowed_entity_aliases: T.Optional(Strings({ description: 'Entity aliases a caller may name.' })),
  orphan: T.Optional(T.Boolean({ description: 'Tokens have no parent.' })),
  period: T.Optional(Duration({ aliasOf: 'token_period', description: 'Old name of token_period.' })),
  token_period: T.Optional(Duration({ description: 'Each renewal gives this long.' })),
  renewable: T.Optional(T.Boolean({ description: 'Tokens may be renewed.' })),
  path_suffix: T.Optional(T.String({ description: 'Ends the path tokens say they were made by.' })),
  explicit_max_ttl: T.Optional(Duration({ aliasOf: 'token_explicit_max_ttl', description: 'Old name of token_explicit_max_ttl.' })),
  token_explicit_max_ttl: T.Optional(Duration({ description: 'The longest a token may ever live.' })),
  token_no_default_policy: T.Optional(T.Boolean({ description: 'Leave the policy "default" out.' })),
  token_num_uses: T.Optional(T.Integer({ minimum: 0, description: 'How often a token may be used.' })),
  token_type: T.Optional(T.String({ description: 'service or default-service.' })),
  bound_cidrs: T.Optional(Strings({ aliasOf: 'token_bound_cidrs', description: 'Old name of token_bound_cidrs.' })),
  token_bound_cidrs: T.Optional(Strings({ description: 'Not offered.' })),
})

const fresh = (name: string): TokenRole => ({
  name,
  allowed_policies: [],
  disallowed_policies: [],
  allowed_policies_glob: [],
  disallowed_policies_glob: [],
  allowed_entity_aliases: [],
  orphan: false,
  token_period: 0,
  renewable: true,
  path_suffix: '',
  token_explicit_max_ttl: 0,
  token_no_default_policy: false,
  token_num_uses: 0,
  token_type: 'default-service',
})

/** What an input changes about a role. */
function changesOf({ period, explicit_max_ttl, bound_cidrs, token_bound_cidrs, ...given }: Static<typeof Fields>): Partial<TokenRole> {
  // A bound that is taken and not kept would be trusted.
  if (bound_cidrs?.length || token_bound_cidrs?.length) throw TokenError.noCidrs()
  checkType(given.token_type, ['service', 'default-service'])
  const changes: Partial<TokenRole> = {
    ...(period !== undefined && { token_period: period }),
    ...(explicit_max_ttl !== undefined && { token_explicit_max_ttl: explicit_max_ttl }),
    ...given,
    ...(given.token_type === '' && { token_type: 'default-service' }),
  }
  const { token_period = 0, token_explicit_max_ttl = 0, path_suffix = '' } = changes
  if (token_period < 0 || token_explicit_max_ttl < 0) throw CoreError.invalid({ problem: 'a duration of a role must be positive' })
  if (!/^([\w-][\w.-]*)?$/.test(path_suffix)) throw CoreError.invalid({ problem: 'path_suffix must consist of letters, digits, ".", "-" and "_"' })
  return changes
}

/** As read back: the old names stand beside the new ones. */
const describe = (role: TokenRole) => ({ ...role, period: role.token_period, explicit_max_ttl: role.token_explicit_max_ttl })

export function rolePaths({ roles }: { readonly roles: TokenRoles }) {
  return [
    path('roles', 'The roles tokens can be made by.').list({
      summary: 'List roles.',
      output: T.Object({ keys: T.Array(T.String()) }),
      handle: async () => ({ keys: await roles.list() }),
    }),
    path('roles/{name}', 'A role: bounds that every token made by it keeps.')
      .read({
        summary: 'Read a role.',
        handle: async ({ params }) => {
          const role = await roles.get(params.name)
          return role && reply({ data: describe(role) })
        },
      })
      .write({
        summary: 'Write a role.',
        input: Fields,
        exists: async ({ params }) => (await roles.get(params.name)) !== undefined,
        handle: async ({ params, input }) => {
          const changes = changesOf(input)
          await roles.change(params.name, (before = fresh(params.name)) => ({ ...before, ...changes }))
          return undefined
        },
      })
      .delete({ summary: 'Delete a role.', handle: async ({ params }) => void (await roles.remove(params.name)) }),
  ] as const
}
