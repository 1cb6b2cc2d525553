import type { AnswerTable } from '@chatelaine/sdk'
import { Type as T } from 'typebox'

const bare = { form: 'bare' } as const
const Cluster = { cluster_name: T.Optional(T.String()), cluster_id: T.Optional(T.String()) }

const SealStatus = T.Object({
  type: T.String(),
  initialized: T.Boolean(),
  sealed: T.Boolean(),
  t: T.Integer({ description: 'How many shares unseal.' }),
  n: T.Integer({ description: 'How many shares there are.' }),
  progress: T.Integer(),
  nonce: T.String(),
  version: T.String(),
  build_date: T.String(),
  chatelaine: T.String(),
  migration: T.Boolean(),
  recovery_seal: T.Boolean(),
  recovery_seal_type: T.String(),
  storage_type: T.String(),
  ...Cluster,
})

const Health = T.Object({
  initialized: T.Boolean(),
  sealed: T.Boolean(),
  standby: T.Boolean(),
  performance_standby: T.Boolean(),
  replication_performance_mode: T.String(),
  replication_dr_mode: T.String(),
  server_time_utc: T.Integer(),
  version: T.String(),
  chatelaine: T.String(),
  ...Cluster,
  storage: T.Optional(T.Object({ state: T.String(), problem: T.Optional(T.String()) })),
})

const Leader = T.Object({
  ha_enabled: T.Boolean(),
  is_self: T.Boolean(),
  active_time: T.String(),
  leader_address: T.String(),
  leader_cluster_address: T.String(),
  performance_standby: T.Boolean(),
  performance_standby_last_remote_wal: T.Integer(),
})

const Initialized = T.Object({
  keys: T.Array(T.String()),
  keys_base64: T.Array(T.String()),
  recovery_keys: T.Optional(T.Array(T.String())),
  recovery_keys_base64: T.Optional(T.Array(T.String())),
  root_token: T.String(),
})

const anyHealth = { form: 'bare', statuses: [200, 501, 503], statusChosen: true } as const

/** What the paths answer that anybody may ask at any time. */
export const statusAnswers: AnswerTable = {
  init: {
    read: { id: 'read-initialization-status', output: T.Object({ initialized: T.Boolean() }), answers: bare },
    write: { id: 'initialize-system', output: Initialized, answers: bare },
  },
  'seal-status': { read: { id: 'seal-status', output: SealStatus, answers: bare } },
  unseal: { write: { id: 'unseal', output: SealStatus, answers: bare } },
  health: { read: { id: 'read-health-status', output: Health, answers: anyHealth } },
  leader: { read: { id: 'leader-status', output: Leader, answers: bare } },
}
