import type { MemberFacts } from '@chatelaine/etcd'
import type { Measure, StorageHealth } from '@chatelaine/sdk'
import { stateMeasures } from '../state-measures.js'

export interface Measured {
  readonly health: StorageHealth
  readonly members: readonly MemberFacts[]
  readonly seen: number
  /** The endpoint of the member that carries the watch. */
  readonly watching: string
  readonly questionMs: number
  readonly cache: { readonly entries: number; readonly bytes: number }
  readonly counts: Readonly<Record<keyof typeof counters, number>>
}

/** Every counter, by what it is called inside: its name outside, and a sentence. */
const counters = {
  reads: ['chatelaine_etcd_reads_total', 'Entries that were asked for.'],
  misses: ['chatelaine_etcd_cache_misses_total', 'Of those, how many were not in memory and were read from etcd.'],
  questions: ['chatelaine_etcd_questions_total', 'How often etcd was asked how far the writers of all nodes have come.'],
  batches: ['chatelaine_etcd_batches_total', 'Transactions that were sent.'],
  commits: ['chatelaine_etcd_commits_total', 'Commits that travelled in them.'],
  lost: ['chatelaine_etcd_commits_lost_total', 'Of those, how many lost a race and were decided again.'],
  settled: ['chatelaine_etcd_answers_settled_total', 'Transactions whose answer was lost, and which were found to be applied.'],
  hedged: ['chatelaine_etcd_hedged_total', 'How often a second member was asked because the first was silent.'],
  hedgeWon: ['chatelaine_etcd_hedged_won_total', 'How often that second member answered first.'],
  retried: ['chatelaine_etcd_retried_total', 'Requests that one member did not answer, and that were sent again.'],
  opened: ['chatelaine_etcd_watches_total', 'How often the watch was opened.'],
  moved: ['chatelaine_etcd_watch_moved_total', 'How often it left a member that was late.'],
  gaps: ['chatelaine_etcd_watch_gaps_total', 'How often etcd had compacted what was yet to be seen.'],
  holes: ['chatelaine_etcd_watch_holes_total', 'How often the watch left out changes. Never should.'],
  repaired: ['chatelaine_etcd_reconciled_total', 'Entries in memory that differed from etcd when they were compared. None should.'],
} as const

/** The storage in figures. Labels name members, by the addresses that the configuration gives them. */
export function measuresOf({ health, members, seen, watching, questionMs, cache, counts }: Measured): Measure[] {
  const gauge = (name: string, help: string, value: number, labels?: Measure['labels']): Measure => ({
    name, help, kind: 'gauge', value, ...(labels && { labels }),
  })
  return [
    ...stateMeasures(health),
    ...members.flatMap(({ endpoint, ...facts }) => [
      gauge('chatelaine_etcd_member_up', 'Whether a member of etcd answers.', facts.good ? 1 : 0, { endpoint }),
      gauge('chatelaine_etcd_member_watched', 'Whether it carries the watch of this node.', endpoint === watching ? 1 : 0, { endpoint }),
      gauge('chatelaine_etcd_member_leads', 'Whether it is the leader.', facts.leads ? 1 : 0, { endpoint }),
      gauge('chatelaine_etcd_db_bytes', 'The size of its database.', facts.dbBytes, { endpoint }),
      gauge('chatelaine_etcd_db_in_use_bytes', 'How much of it is in use.', facts.dbBytesInUse, { endpoint }),
      gauge('chatelaine_etcd_quota_bytes', 'The size at which it takes no more writes.', facts.quotaBytes, { endpoint }),
      gauge('chatelaine_etcd_applied', 'How far it has come in the log since it was started.', facts.applied, { endpoint }),
    ]),
    gauge('chatelaine_etcd_revision_seen', 'The newest revision this node has seen.', seen),
    gauge('chatelaine_etcd_question_seconds', 'How long the question to etcd takes, smoothed.', questionMs / 1000),
    gauge('chatelaine_etcd_cache_entries', 'Entries in memory.', cache.entries),
    gauge('chatelaine_etcd_cache_bytes', 'About how many bytes they take.', cache.bytes),
    ...Object.entries(counters).map(([key, [name, help]]): Measure => ({ name, help, kind: 'counter', value: counts[key as keyof typeof counters] })),
  ]
}
