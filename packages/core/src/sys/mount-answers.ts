import type { AnswerTable } from '@chatelaine/sdk'
import { Type as T } from 'typebox'

const legacy = { form: 'legacy' } as const

const Options = T.Union([T.Record(T.String(), T.String()), T.Null()])
const Lists = {
  audit_non_hmac_request_keys: T.Optional(T.Array(T.String())),
  audit_non_hmac_response_keys: T.Optional(T.Array(T.String())),
  passthrough_request_headers: T.Optional(T.Array(T.String())),
  allowed_response_headers: T.Optional(T.Array(T.String())),
}
const Set = {
  default_lease_ttl: T.Integer(),
  max_lease_ttl: T.Integer(),
  force_no_cache: T.Boolean(),
  listing_visibility: T.Optional(T.String()),
  token_type: T.Optional(T.String()),
  ...Lists,
}
const facts = {
  accessor: T.String(),
  config: T.Object(Set),
  deprecation_status: T.Optional(T.String()),
  description: T.String(),
  external_entropy_access: T.Boolean(),
  local: T.Boolean(),
  options: Options,
  plugin_version: T.String(),
  running_plugin_version: T.String(),
  running_sha256: T.String(),
  seal_wrap: T.Boolean(),
  type: T.String(),
  uuid: T.String(),
}
const Mount = T.Object(facts)
const Mounts = T.Record(T.String(), Mount, { description: 'Each mount by its path.' })
const Tuning = T.Object({ ...Set, description: T.String(), options: T.Optional(Options) })
/** Without a token only what a person needs to log in. */
const Visible = T.Record(T.String(), T.Object({ description: T.String(), options: Options, type: T.String() }))

/** An upgrade is named in a warning; all else that is tuned has nothing to say. */
const tuned = { statuses: [200, 204] } as const

/** What `sys/mounts`, `sys/auth` and what is about them answer. */
export const mountAnswers: AnswerTable = {
  mounts: { read: { id: 'mounts-list-secrets-engines', output: Mounts, answers: legacy } },
  'mounts/{path+}/tune': {
    read: { id: 'mounts-read-tuning-information', output: Tuning, answers: legacy },
    write: { id: 'mounts-tune-configuration-parameters', answers: tuned },
  },
  'mounts/auth/{path+}/tune': {
    read: { id: 'mounts-auth-read-tuning-information', output: Tuning, answers: legacy },
    write: { id: 'mounts-auth-tune-configuration-parameters', answers: tuned },
  },
  'mounts/{path+}': {
    read: { id: 'mounts-read-configuration', output: Mount, answers: legacy },
    write: { id: 'mounts-enable-secrets-engine' },
    delete: { id: 'mounts-disable-secrets-engine' },
  },
  auth: { read: { id: 'auth-list-enabled-methods', output: Mounts, answers: legacy } },
  'auth/{path+}/tune': {
    read: { id: 'auth-read-tuning-information', output: Tuning, answers: legacy },
    write: { id: 'auth-tune-configuration-parameters', answers: tuned },
  },
  'auth/{path+}': {
    read: { id: 'auth-read-configuration', output: Mount, answers: legacy },
    write: { id: 'auth-enable-method' },
    delete: { id: 'auth-disable-method' },
  },
  remount: { write: { id: 'remount', output: T.Object({ migration_id: T.String() }), answers: legacy } },
  'remount/status/{id}': {
    read: {
      id: 'remount-status',
      output: T.Object({
        migration_id: T.String(),
        migration_info: T.Object({ source_mount: T.String(), target_mount: T.String(), status: T.String() }),
      }),
    },
  },
  'internal/ui/mounts': { read: { id: 'internal-ui-list-enabled-visible-mounts', output: T.Object({ secret: Visible, auth: Visible }) } },
  'internal/ui/mounts/{path+}': { read: { id: 'internal-ui-read-mount-information', output: T.Object({ ...facts, path: T.String() }) } },
  'internal/specs/openapi': {
    read: {
      id: 'internal-generate-open-api-document',
      output: T.Record(T.String(), T.Unknown(), { description: 'This document.' }),
      answers: { form: 'bare' },
    },
  },
}
