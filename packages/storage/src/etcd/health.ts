import type { MemberFacts } from '@chatelaine/etcd'
import type { StorageHealth } from '@chatelaine/sdk'

export interface Circumstances {
  readonly members: readonly MemberFacts[]
  /** Nobody has answered a question for so long, in milliseconds, though one was asked. */
  readonly unansweredMs: number
  /** How long ago one was answered, which takes a leader. */
  readonly answeredMs: number
  /** How long the last questions took, in milliseconds, smoothed. */
  readonly questionMs: number
  /** etcd has refused a write for want of space, and taken none since. */
  readonly full: boolean
}

const slowMs = 250
const patienceMs = 1500

/** What to tell of etcd, worst first. */
export function healthOf({ members, unansweredMs, answeredMs, questionMs, full }: Circumstances): StorageHealth {
  const good = members.filter((member) => member.good)
  const silent = members.filter((member) => !member.good).map(({ endpoint }) => endpoint)
  // Who was answered just now has been answered by a majority, whatever is known of each member.
  const answered = answeredMs < patienceMs
  if (!answered && good.length <= members.length / 2) {
    return { state: 'no_quorum', problem: `${good.length} of ${members.length} etcd members answer; no answer from ${silent.join(', ')}: start them again` }
  }
  if (!answered && (!good.some(({ led }) => led) || unansweredMs > patienceMs)) return { state: 'no_quorum', problem: 'the etcd members have no leader: see whether they reach one another' }
  const alarmed = good.filter(({ ailment }) => ailment.includes('NOSPACE')).map(({ endpoint }) => endpoint)
  if (full || alarmed.length > 0) {
    return { state: 'no_space', problem: `etcd is out of space${alarmed.length ? ` at ${alarmed.join(', ')}` : ''}: compact, defragment or raise its quota, then etcdctl alarm disarm` }
  }
  if (questionMs > slowMs) return { state: 'slow', problem: `etcd takes ${Math.round(questionMs)} ms to answer: look at its disks and its load` }
  return { state: 'ok', problem: '' }
}
