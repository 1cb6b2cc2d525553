import type { MemberFacts } from '@chatelaine/etcd'
import { describe, expect, it } from 'vitest'
import { healthOf, type Circumstances } from './health.js'

const member = (n: number, more: Partial<MemberFacts> = {}): MemberFacts => ({
  endpoint: `https://10.0.0.${n}:2379`, good: true, silence: '', version: '3.5.30', leads: n === 1, led: true, dbBytes: 0, dbBytesInUse: 0, quotaBytes: 0, applied: 0, ailment: '', ...more,
})
const well: Circumstances = { members: [member(1), member(2), member(3)], unansweredMs: 0, answeredMs: 60_000, questionMs: 1, full: false }
const bad = { good: false, led: false, leads: false }

describe('the health of etcd', () => {
  it.each<[string, Partial<Circumstances>, string, string]>([
    ['all is well', {}, 'ok', ''],
    ['one of three is away', { members: [member(1), member(2), member(3, bad)] }, 'ok', ''],
    ['two are away', { members: [member(1), member(2, bad), member(3, bad)] }, 'no_quorum', 'https://10.0.0.2:2379, https://10.0.0.3:2379'],
    ['two seem away, but it answered just now', { members: [member(1), member(2, bad), member(3, bad)], answeredMs: 10 }, 'ok', ''],
    ['nobody knows a leader', { members: [1, 2, 3].map((n) => member(n, { led: false })) }, 'no_quorum', 'no leader'],
    ['questions are not answered', { unansweredMs: 2000 }, 'no_quorum', 'no leader'],
    ['a member raises the alarm', { members: [member(1), member(2, { ailment: 'ALARM NOSPACE' }), member(3)] }, 'no_space', 'https://10.0.0.2:2379'],
    ['a write was refused', { full: true }, 'no_space', 'etcdctl alarm disarm'],
    ['answers take long', { questionMs: 400 }, 'slow', '400 ms'],
  ])('when %s', (_, circumstances, state, problem) => {
    expect(healthOf({ ...well, ...circumstances })).toEqual({ state, problem: problem === '' ? '' : expect.stringContaining(problem) })
  })
})
