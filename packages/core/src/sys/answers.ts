import type { AnswerRow, AnswerTable } from '@chatelaine/sdk'
import { Type as T, type TSchema } from 'typebox'
import { mountAnswers } from './mount-answers.js'

const legacy = { form: 'legacy' } as const
const row = (id: string, output?: TSchema, answers?: AnswerRow['answers']): AnswerRow => ({ id, ...(output && { output }), ...(answers && { answers }) })

const Names = T.Object({ keys: T.Array(T.String()) })
/** A write that has nothing to say, but for a warning now and then. */
const warns = { statuses: [200, 204] } as const
const Lookup = T.Object({ creation_path: T.String(), creation_time: T.String({ format: 'date-time' }), creation_ttl: T.Integer() })
const Node = T.Object({
  hostname: T.String(),
  api_address: T.String(),
  cluster_address: T.String(),
  active_node: T.Boolean(),
  last_echo: T.String(),
  version: T.String(),
  upgrade_version: T.String(),
  chatelaine: T.String(),
  sealed: T.Boolean(),
  caretaker: T.Boolean(),
})
const Capabilities = T.Record(T.String(), T.Array(T.String()), { description: 'What may be done at each path; capabilities too where one path was asked about.' })
const Anything = T.Record(T.String(), T.Unknown())
const Figures = T.Object({
  Timestamp: T.String(),
  Gauges: T.Array(Anything),
  Points: T.Array(Anything),
  Counters: T.Array(Anything),
  Samples: T.Array(Anything),
})
const Policies = T.Object({ keys: T.Array(T.String()), policies: T.Array(T.String()) })
const Device = T.Record(T.String(), T.Object({}), { description: 'Each device by its path.' })
const Header = T.Record(T.String(), T.Unknown(), { description: 'How the header is audited, by its name.' })

const policyAnswers: AnswerTable = {
  policy: { read: row('policies-list', Policies, legacy), list: row('policies-list2', Policies, legacy) },
  'policy/{name+}': {
    read: row('policies-read-acl-policy2', T.Object({ name: T.String(), rules: T.String() }), legacy),
    write: row('policies-write-acl-policy2', undefined, warns),
    delete: row('policies-delete-acl-policy2'),
  },
  'policies/acl': { list: row('policies-list-acl-policies', Names) },
  'policies/acl/{name+}': {
    read: row('policies-read-acl-policy', T.Object({ name: T.String(), policy: T.String() })),
    write: row('policies-write-acl-policy', undefined, warns),
    delete: row('policies-delete-acl-policy'),
  },
  capabilities: { write: row('query-token-capabilities', Capabilities, legacy) },
  'capabilities-self': { write: row('query-token-self-capabilities', Capabilities, legacy) },
  'capabilities-accessor': { write: row('query-token-accessor-capabilities', Capabilities, legacy) },
}

const auditAnswers: AnswerTable = {
  audit: { read: row('auditing-list-enabled-devices', Device, legacy) },
  'audit/{path+}': { write: row('auditing-enable-device'), delete: row('auditing-disable-device') },
  'audit-hash/{path+}': { write: row('auditing-calculate-hash', T.Object({ hash: T.String() }), legacy) },
  'config/auditing/request-headers': { read: row('auditing-list-request-headers', T.Object({ headers: Anything }), legacy) },
  'config/auditing/request-headers/{name}': {
    read: row('auditing-read-request-header-information', Header, legacy),
    write: row('auditing-enable-request-header', undefined, warns),
    delete: row('auditing-disable-request-header'),
  },
}

const sealed = T.Object({ sealed: T.Array(T.String()), unconfirmed: T.Array(T.String()) }, { description: 'Nodes by name, where every node was to be sealed.' })
const keyAnswers: AnswerTable = {
  seal: { write: row('seal', sealed, { form: 'legacy', statuses: [200, 204] }) },
  rotate: { write: row('rotate-encryption-key') },
  'rotate/keyring': { write: row('rotate-keyring') },
  'key-status': { read: row('status-encryption-key', T.Object({ term: T.Integer(), install_time: T.String({ format: 'date-time' }), encryptions: T.Integer() }), legacy) },
  'ha-status': { read: row('ha-status', T.Object({ nodes: T.Array(Node) }), legacy) },
  'step-down': { write: row('step-down-leader') },
  metrics: { read: row('metrics', Figures, { form: 'bare' }) },
  'storage/snapshot': { read: row('storage-snapshot', undefined, { form: 'bytes' }) },
}

const wrappingAnswers: AnswerTable = {
  'wrapping/wrap': { write: row('wrap', Anything) },
  'wrapping/unwrap': { write: row('unwrap', Anything, { statuses: [200, 204] }) },
  'wrapping/lookup': { write: row('read-wrapping-properties', Lookup), read: row('read-wrapping-properties2', Lookup) },
  'wrapping/rewrap': { write: row('rewrap', undefined, { gives: 'wrap' }) },
}

const leaseAnswers: AnswerTable = {
  'leases/hold': {
    read: row('leases-read-hold', T.Object({ held: T.Boolean(), held_since: T.Union([T.String(), T.Null()]) }), legacy),
    delete: row('leases-release-hold'),
  },
  'leases/lookup': { write: row('leases-read-lease') },
  'leases/lookup/{prefix*}': { list: row('leases-look-up-with-prefix', Names) },
  renew: { write: row('leases-renew-lease-old2') },
  'renew/{lease+}': { write: row('leases-renew-lease-old') },
  'leases/renew': { write: row('leases-renew-lease2') },
  'leases/renew/{lease+}': { write: row('leases-renew-lease') },
  revoke: { write: row('leases-revoke-lease-old2') },
  'revoke/{lease+}': { write: row('leases-revoke-lease-old') },
  'leases/revoke': { write: row('leases-revoke-lease2') },
  'leases/revoke/{lease+}': { write: row('leases-revoke-lease') },
  'revoke-prefix/{prefix+}': { write: row('leases-revoke-lease-with-prefix') },
  'revoke-force/{prefix+}': { write: row('leases-force-revoke-lease-with-prefix') },
  'leases/revoke-prefix/{prefix+}': { write: row('leases-revoke-lease-with-prefix2') },
  'leases/revoke-force/{prefix+}': { write: row('leases-force-revoke-lease-with-prefix2') },
}

/** What every operation of `sys/` answers, and its id in the documents of Vault and OpenBao where they have it. */
export const sysAnswers: AnswerTable = {
  ...mountAnswers, ...policyAnswers, ...auditAnswers, ...keyAnswers, ...wrappingAnswers, ...leaseAnswers,
}
