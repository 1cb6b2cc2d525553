import type { AnswerTable } from '@chatelaine/sdk'
import { Type as T } from 'typebox'

const gives = { gives: 'auth' } as const
const Time = T.String({ format: 'date-time' })

const Found = T.Object({
  accessor: T.String(),
  creation_time: T.Integer(),
  creation_ttl: T.Integer(),
  display_name: T.String(),
  entity_id: T.String(),
  expire_time: T.Union([Time, T.Null()]),
  explicit_max_ttl: T.Integer(),
  id: T.String(),
  issue_time: Time,
  last_renewal: T.Optional(Time),
  last_renewal_time: T.Optional(T.Integer()),
  meta: T.Union([T.Record(T.String(), T.String()), T.Null()]),
  num_uses: T.Integer(),
  orphan: T.Boolean(),
  path: T.String(),
  period: T.Optional(T.Integer()),
  policies: T.Array(T.String()),
  renewable: T.Boolean(),
  role: T.Optional(T.String()),
  ttl: T.Integer(),
  type: T.String(),
})

const Names = T.Array(T.String())
const Role = T.Object({
  name: T.String(),
  allowed_policies: Names,
  disallowed_policies: Names,
  allowed_policies_glob: Names,
  disallowed_policies_glob: Names,
  allowed_entity_aliases: Names,
  orphan: T.Boolean(),
  period: T.Integer(),
  token_period: T.Integer(),
  renewable: T.Boolean(),
  path_suffix: T.String(),
  explicit_max_ttl: T.Integer(),
  token_explicit_max_ttl: T.Integer(),
  token_no_default_policy: T.Boolean(),
  token_num_uses: T.Integer(),
  token_type: T.String(),
})

/** What every operation of `auth/token` answers, and its id in the documents of Vault and OpenBao. */
export const tokenAnswers: AnswerTable = {
  create: { write: { id: 'token-create', answers: gives } },
  'create-orphan': { write: { id: 'token-create-orphan', answers: gives } },
  'create/{role}': { write: { id: 'token-create-against-role', answers: gives } },
  lookup: { read: { id: 'token-look-up-get', output: Found }, write: { id: 'token-look-up-update', output: Found } },
  'lookup-self': { read: { id: 'token-look-up-self-get', output: Found }, write: { id: 'token-look-up-self-update', output: Found } },
  'lookup-accessor': { write: { id: 'token-look-up-by-accessor', output: Found } },
  accessors: { list: { id: 'token-list-accessors', output: T.Object({ keys: Names }) } },
  renew: { write: { id: 'token-renew', answers: gives } },
  'renew-self': { write: { id: 'token-renew-self', answers: gives } },
  'renew-accessor': { write: { id: 'token-renew-accessor', answers: gives } },
  revoke: { write: { id: 'token-revoke' } },
  'revoke-self': { write: { id: 'token-revoke-self' } },
  'revoke-accessor': { write: { id: 'token-revoke-accessor', answers: { statuses: [200, 204] } } },
  'revoke-orphan': { write: { id: 'token-revoke-orphan' } },
  tidy: { write: { id: 'token-tidy', answers: { statuses: [202] } } },
  roles: { list: { id: 'token-list-roles', output: T.Object({ keys: Names }) } },
  'roles/{name}': {
    read: { id: 'token-read-role', output: Role },
    write: { id: 'token-write-role' },
    delete: { id: 'token-delete-role' },
  },
}
