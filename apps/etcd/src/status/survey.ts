import { knownHoles, Member, numberOf, type Calls, type EtcdTls, type MemberInfo } from '@chatelaine/etcd'

/** A member as it was found. What is undefined nobody could say. */
export interface MemberState {
  readonly endpoint: string
  readonly name: string | undefined
  readonly id: string | undefined
  readonly reachable: boolean
  /** Why it is not, where it is not. */
  readonly reason: string | undefined
  readonly version: string | undefined
  readonly role: 'leader' | 'follower' | 'learner' | 'leaderless' | undefined
  readonly raftTerm: number | undefined
  readonly raftIndex: number | undefined
  /** How many entries it has still to apply before it is where the furthest is. */
  readonly lag: number | undefined
  readonly dbSize: number | undefined
  readonly dbSizeInUse: number | undefined
  readonly alarms: readonly string[]
}

export interface ClusterState {
  readonly members: readonly MemberState[]
  readonly healthy: boolean
  /** What is wrong, then what is only to be known. */
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
}

type Status = Calls['Maintenance/Status'][1]
type Asked = { readonly endpoint: string; readonly status: Status | undefined; readonly reason: string | undefined }

export interface SurveyOptions {
  readonly endpoints: readonly string[]
  readonly tls: EtcdTls
  readonly timeoutMs?: number
}

const etcdRefusesAt = 5000

/** Asks every member by itself: those named, and those that they name. Takes as long as the slowest, at most twice the timeout. */
export async function clusterState({ endpoints, tls, timeoutMs = 2000 }: SurveyOptions): Promise<ClusterState> {
  const named = endpoints.map((endpoint) => new Member({ endpoint, tls }))
  const more: Member[] = []
  try {
    const asked = await Promise.all(named.map((member) => ask(member, timeoutMs)))
    const answering = named.filter((_, i) => asked[i]?.status !== undefined)
    const listed = await firstAnswer(answering, (member) => member.call('Cluster/MemberList', {}, timeoutMs).then(({ members }) => members))
    const alarms = await firstAnswer(answering, (member) => member.call('Maintenance/Alarm', { action: 0 }, timeoutMs).then((answer) => answer.alarms))
    more.push(...unseen(listed ?? [], asked).map((endpoint) => new Member({ endpoint, tls })))
    asked.push(...(await Promise.all(more.map((member) => ask(member, timeoutMs)))))
    const furthest = Math.max(...asked.map(({ status }) => numberOf(status?.raftIndex)))
    return judged(asked.map((one) => stateOf(one, { listed: listed ?? [], alarms: alarms ?? [], furthest })))
  } finally {
    for (const member of [...named, ...more]) member.close()
  }
}

const ask = (member: Member, timeoutMs: number): Promise<Asked> =>
  member.call('Maintenance/Status', {}, timeoutMs).then(
    (status) => ({ endpoint: member.endpoint, status, reason: undefined }),
    (error: Error) => ({ endpoint: member.endpoint, status: undefined, reason: error.message }),
  )

async function firstAnswer<T>(members: readonly Member[], question: (member: Member) => Promise<T>): Promise<T | undefined> {
  for (const member of members) {
    const answer = await question(member).catch(() => undefined)
    if (answer !== undefined) return answer
  }
  return undefined
}

/** Where the members are that nobody named and that have not answered under another address. */
function unseen(listed: readonly MemberInfo[], asked: readonly Asked[]): string[] {
  const [ids, endpoints] = [asked.map(({ status }) => status?.header.member_id.toString()), asked.map(({ endpoint }) => endpoint)]
  return listed
    .filter(({ ID, clientURLs }) => !ids.includes(ID.toString()) && !clientURLs.some((url) => endpoints.includes(url)))
    .flatMap(({ clientURLs }) => clientURLs.slice(0, 1))
}

interface Known {
  readonly listed: readonly MemberInfo[]
  readonly alarms: Calls['Maintenance/Alarm'][1]['alarms']
  readonly furthest: number
}

const alarmNames = ['NONE', 'NOSPACE', 'CORRUPT']

function stateOf({ endpoint, status, reason }: Asked, { listed, alarms, furthest }: Known): MemberState {
  const info = listed.find(({ ID, clientURLs }) => (status ? ID.toString() === status.header.member_id.toString() : clientURLs.includes(endpoint)))
  const id = status?.header.member_id.toString() ?? info?.ID.toString()
  return {
    endpoint,
    name: info?.name,
    id: id === undefined ? undefined : BigInt(id).toString(16),
    reachable: status !== undefined,
    reason,
    version: status?.version,
    role: status && roleOf(status),
    raftTerm: status && numberOf(status.raftTerm),
    raftIndex: status && numberOf(status.raftIndex),
    lag: status && Math.max(0, furthest - numberOf(status.raftAppliedIndex)),
    dbSize: status && numberOf(status.dbSize),
    dbSizeInUse: status && numberOf(status.dbSizeInUse),
    alarms: alarms.filter(({ memberID }) => memberID.toString() === id).map(({ alarm }) => alarmNames[alarm] ?? String(alarm)),
  }
}

function roleOf({ header, leader, isLearner }: Status): MemberState['role'] {
  if (isLearner) return 'learner'
  if (leader.toString() === '0') return 'leaderless'
  return leader.toString() === header.member_id.toString() ? 'leader' : 'follower'
}

function judged(members: readonly MemberState[]): ClusterState {
  const problems = members.flatMap(({ endpoint, reachable, reason, role, lag = 0, alarms }) => [
    ...(reachable ? [] : [reason ?? `${endpoint} does not answer`]),
    ...(role === 'leaderless' ? [`${endpoint} knows no leader: fewer than half of the members can reach each other`] : []),
    ...(lag > etcdRefusesAt ? [`${endpoint} is ${lag} entries behind`] : []),
    ...alarms.map((alarm) => `${endpoint} has the alarm ${alarm}`),
  ])
  const versions = [...new Set(members.flatMap(({ version }) => (version === undefined ? [] : [version])))]
  const holes = versions.flatMap((version) => knownHoles(version) ?? [])
  const mixed = versions.length > 1 ? [`the members are of different versions: ${versions.join(', ')}`] : []
  return { members, healthy: problems.length === 0, problems, warnings: [...holes, ...mixed] }
}
