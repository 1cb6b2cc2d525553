import { knownHoles, Member, numberOf, type Calls, type EtcdTls, type MemberInfo } from '@chatelaine/etcd'
import { factsAt, type Facts } from './metrics.js'

/** A member as it was found. What is undefined nobody could say. */
export interface MemberState {
  readonly endpoint: string
  readonly name: string | undefined
  readonly id: string | undefined
  readonly reachable: boolean
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

export interface SurveyOptions {
  readonly endpoints: readonly string[]
  readonly tls: EtcdTls
  readonly timeoutMs?: number
}

type Members = Calls['Cluster/MemberList'][1]
type Alarms = Calls['Maintenance/Alarm'][1]['alarms']

/** What one member answered; an Error stands for what it did not. */
interface Answers {
  readonly endpoint: string
  readonly facts: Facts | Error
  readonly list: Members | Error
  readonly alarms: Alarms | Error
}

/** etcd itself takes no more writes from there on. */
const farBehind = 5000

/** Asks every member by itself: those named, and those that they name. Takes as long as the slowest, at most four times the timeout. */
export async function clusterState({ endpoints, tls, timeoutMs = 2000 }: SurveyOptions): Promise<ClusterState> {
  const asked = await Promise.all(endpoints.map((endpoint) => ask(endpoint, tls, timeoutMs)))
  const listed = asked.flatMap(({ list }) => (list instanceof Error ? [] : [list.members]))[0] ?? []
  asked.push(...(await Promise.all(unseen(listed, asked).map((endpoint) => ask(endpoint, tls, timeoutMs)))))
  const alarms = asked.flatMap((one) => (one.alarms instanceof Error ? [] : [one.alarms]))[0] ?? []
  const furthest = Math.max(...asked.map(({ facts }) => (facts instanceof Error ? 0 : facts.committed)))
  const members = asked.map((one) => stateOf(one, { listed, alarms, furthest }))
  const problems = [...asked.flatMap(silences), ...members.flatMap(troubles)]
  return { members, healthy: problems.length === 0, problems, warnings: warningsOf(members) }
}

/**
 * Over gRPC only who has answered over HTTP: the handshake of a gRPC connection with a frozen member cannot be called off, and
 * would keep a program that is done from ending.
 */
async function ask(endpoint: string, tls: EtcdTls, timeoutMs: number): Promise<Answers> {
  const facts = await settled(factsAt(endpoint, tls, timeoutMs))
  if (facts instanceof Error) return { endpoint, facts, list: facts, alarms: facts }
  const member = new Member({ endpoint, tls })
  try {
    const [list, alarms] = await Promise.all([
      settled(member.call('Cluster/MemberList', {}, timeoutMs)),
      settled(member.call('Maintenance/Alarm', { action: 0 }, timeoutMs).then((answer) => answer.alarms)),
    ])
    return { endpoint, facts, list, alarms }
  } finally {
    member.close()
  }
}

const settled = <T>(answer: Promise<T>): Promise<T | Error> => answer.catch((error: unknown) => (error instanceof Error ? error : new Error('failed')))

/** Where the members are that nobody named and that have not answered under another address. */
function unseen(listed: readonly MemberInfo[], asked: readonly Answers[]): string[] {
  const ids = asked.map(({ list }) => (list instanceof Error ? undefined : list.header.member_id.toString()))
  return listed
    .filter(({ ID, clientURLs }) => !ids.includes(ID.toString()) && !asked.some(({ endpoint }) => clientURLs.includes(endpoint)))
    .flatMap(({ clientURLs }) => clientURLs.slice(0, 1))
}

interface Known {
  readonly listed: readonly MemberInfo[]
  readonly alarms: Alarms
  readonly furthest: number
}

const alarmNames = ['NONE', 'NOSPACE', 'CORRUPT']

function stateOf({ endpoint, facts: answer, list }: Answers, { listed, alarms, furthest }: Known): MemberState {
  const facts = answer instanceof Error ? undefined : answer
  const header = list instanceof Error ? undefined : list.header
  const own = header?.member_id.toString()
  const info = listed.find(({ ID, clientURLs }) => (own === undefined ? clientURLs.includes(endpoint) : ID.toString() === own))
  const id = own ?? info?.ID.toString()
  return {
    endpoint,
    name: info?.name,
    id: facts?.id ?? (id === undefined ? undefined : BigInt(id).toString(16)),
    reachable: facts !== undefined,
    version: facts?.version,
    role: facts && roleOf(facts),
    raftTerm: header && numberOf(header.raft_term),
    raftIndex: facts?.committed,
    lag: facts && Math.max(0, furthest - facts.applied),
    dbSize: facts?.dbSize,
    dbSizeInUse: facts?.dbSizeInUse,
    alarms: alarms.filter(({ memberID }) => memberID.toString() === id).map(({ alarm }) => alarmNames[alarm] ?? String(alarm)),
  }
}

function roleOf({ leads, led, learns }: Facts): MemberState['role'] {
  if (learns) return 'learner'
  return leads ? 'leader' : led ? 'follower' : 'leaderless'
}

function silences({ endpoint, facts, list }: Answers): string[] {
  if (facts instanceof Error) return [`${endpoint} does not answer: ${wordsFor(facts)}`]
  return list instanceof Error ? [`${endpoint} answers over HTTP but not over gRPC: ${list.message}`] : []
}

const wordsFor = (error: Error): string => {
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'it said nothing in time'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}

const troubles = ({ endpoint, role, lag = 0, alarms }: MemberState): string[] => [
  ...(role === 'leaderless' ? [`${endpoint} knows no leader: too few members reach each other`] : []),
  ...(lag > farBehind ? [`${endpoint} is ${lag} entries behind`] : []),
  ...alarms.map((alarm) => `${endpoint} has the alarm ${alarm}`),
]

function warningsOf(members: readonly MemberState[]): string[] {
  const versions = [...new Set(members.flatMap(({ version }) => (version === undefined ? [] : [version])))]
  const mixed = versions.length > 1 ? [`the members are of different versions: ${versions.join(', ')}`] : []
  return [...versions.flatMap((version) => knownHoles(version) ?? []), ...mixed]
}
