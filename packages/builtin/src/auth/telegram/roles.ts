import { Duration, encodeRecord, Names, path, Strings, untilCommitted } from '@chatelaine/sdk'
import { Type as T, type Static } from 'typebox'
import { TelegramError } from './errors.js'
import { guardedConfig } from './config.js'
import { policyNames, refuseVouchers } from './policy-names.js'
import { initially, keyOf, roleNames, stored, type Role } from './role-storage.js'

const Fields = T.Object({
  user_ids: T.Optional(Strings({ form: 'numeric-id', description: 'Numeric Telegram ids of the people in this role.' })),
  token_policies: T.Optional(Names('policy-name', { description: 'What their tokens may do.' })),
  token_ttl: T.Optional(Duration({ description: 'How long their tokens live. 5m if never given.' })),
  token_max_ttl: T.Optional(Duration({ description: 'How long they can be renewed.' })),
  token_num_uses: T.Optional(T.Integer({ description: 'How often a token may be used; 0 is without end.' })),
  token_no_default_policy: T.Optional(T.Boolean({ description: 'Leave the default policy out.' })),
})

const Answer = T.Object({
  user_ids: T.Array(T.Integer()),
  token_policies: T.Array(T.String()),
  token_ttl: T.Integer(),
  token_max_ttl: T.Integer(),
  token_num_uses: T.Integer(),
  token_no_default_policy: T.Boolean(),
})

export const rolePath = path('role/{name}', 'People, and the policies their tokens get.', { forms: { name: 'lower-case' } })
  .read({
    summary: 'Read a role.',
    output: Answer,
    handle: async ({ storage, params }) => {
      const { role } = await stored(storage, params.name)
      return role && { ...role, user_ids: [...role.user_ids], token_policies: [...role.token_policies] }
    },
  })
  .write({
    summary: 'Make a role, or change the fields that are given.',
    answers: { statuses: [200, 204] },
    input: Fields,
    exists: async ({ storage, params }) => (await stored(storage, params.name)).role !== undefined,
    handle: async ({ storage, params, input }) => {
      const change = checked(input)
      const key = keyOf(params.name)
      await untilCommitted(async () => {
        const { revision, role = initially } = await stored(storage, params.name)
        const changed = { ...role, ...change }
        if (changed.token_max_ttl > 0 && changed.token_ttl > changed.token_max_ttl) throw TelegramError.ttlAboveMax()
        const { config, guard } = await guardedConfig(storage)
        refuseVouchers(config.voucher_policies, changed.token_policies)
        return storage.commit([{ put: key, value: encodeRecord(changed) }], [{ key, revision }, guard])
      })
      return undefined
    },
  })
  .delete({
    summary: 'Delete a role. Tokens it gave live on to their end.',
    handle: async ({ storage, params }) => {
      await storage.commit([{ remove: keyOf(params.name) }])
      return undefined
    },
  })

export const rolesPath = path('role', 'The roles.').list({
  summary: 'List the roles.',
  output: T.Object({ keys: T.Array(T.String()) }),
  handle: async ({ storage }) => {
    const keys = await roleNames(storage)
    return keys.length > 0 ? { keys } : undefined
  },
})

function checked({ user_ids, token_policies, ...rest }: Static<typeof Fields>): Partial<Role> {
  for (const field of ['token_ttl', 'token_max_ttl', 'token_num_uses'] as const) {
    if ((rest[field] ?? 0) < 0) throw TelegramError.negative({ field })
  }
  const policies = token_policies && policyNames(token_policies)
  if (policies?.includes('root')) throw TelegramError.rootPolicy()
  return {
    ...rest,
    ...(user_ids && { user_ids: [...new Set(user_ids.map(userId))] }),
    ...(policies && { token_policies: policies }),
  }
}

// Ids of people are positive. Those of groups and channels are not, and nobody there can be held to account.
function userId(text: string): number {
  const id = /^\d{1,16}$/.test(text.trim()) ? Number(text) : 0
  if (!Number.isSafeInteger(id) || id < 1) throw TelegramError.notAnId()
  return id
}
