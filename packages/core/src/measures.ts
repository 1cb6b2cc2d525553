import type { Measure, OpenStorage } from '@chatelaine/sdk'
import type { ChoreCounts } from './caretaker.js'
import type { Unsealed } from './unsealed.js'

export interface Measured {
  readonly storage: OpenStorage
  readonly chores: ChoreCounts
  readonly open: Unsealed | undefined
  leasesHeld(): Promise<boolean>
}

const gauge = (name: string, help: string, value: number | boolean): Measure => ({ name, help, kind: 'gauge', value: Number(value) })

/** Every figure there is. What must be asked of storage is left out while storage does not answer: the others say why. */
export async function measuresOf({ storage, chores, open, leasesHeld }: Measured): Promise<readonly Measure[]> {
  const asked = await Promise.allSettled([lag(open), held(leasesHeld)])
  return [
    ...storage.measures(),
    gauge('vault_core_unsealed', 'Whether this node is unsealed.', open !== undefined),
    gauge('chatelaine_caretaker', 'Whether this node does the work that only one node does.', open?.caretaker.inCharge === true),
    ...[...chores].flatMap(([chore, { runs, failures }]): Measure[] => [
      { name: 'chatelaine_caretaker_runs_total', help: 'How often this node has done a chore.', kind: 'counter', value: runs, labels: { chore } },
      { name: 'chatelaine_caretaker_failures_total', help: 'How often a chore has failed on this node.', kind: 'counter', value: failures, labels: { chore } },
    ]),
    ...(open ? tokenMeasures(open) : []),
    ...asked.flatMap((one) => (one.status === 'fulfilled' ? one.value : [])),
  ]
}

const tokenMeasures = ({ vault }: Unsealed): Measure[] => [
  {
    name: 'chatelaine_records_not_as_written_total', kind: 'counter', value: vault.manifest.noticed,
    help: 'How often this node found a policy, the mounts or the audit table missing, or older than what was written last. What depends on it is refused.',
  },
  gauge('chatelaine_tokens_stuck', 'Tokens that are due and that the last sweep of this node could not end.', vault.stuck.rows.size),
  {
    name: 'chatelaine_tokens_without_parent_total', kind: 'counter', value: vault.tokens.strays,
    help: 'Tokens that this node found without their parent: storage lost a row, or gave back a record. They are refused, and ended.',
  },
]

/** Asked of storage by every node, so that it shows also when no node is the caretaker. */
async function lag(open: Unsealed | undefined): Promise<Measure[]> {
  if (!open) return []
  return [gauge('chatelaine_caretaker_lag_seconds', 'For how long the oldest token that is due has been so.', await open.vault.tokens.overdue())]
}

const held = async (leasesHeld: Measured['leasesHeld']): Promise<Measure[]> => [
  gauge('chatelaine_leases_held', 'Whether what is due is left unrevoked since a restore.', await leasesHeld()),
]
