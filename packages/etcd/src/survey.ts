import type { Member } from './member.js'
import { numberOf, type StatusResponse } from './messages.js'

/** What a member said of itself when it was last asked. */
export interface MemberFacts {
  readonly endpoint: string
  /** It answers. */
  readonly good: boolean
  readonly version: string
  readonly id: string
  readonly leads: boolean
  /** It knows a leader. */
  readonly led: boolean
  readonly raftIndex: number
  readonly raftTerm: number
  readonly dbBytes: number
  readonly dbBytesInUse: number
  /** How long it took to say so, in milliseconds. */
  readonly tookMs: number
  /** Alarms and the like, in etcd's words. */
  readonly errors: readonly string[]
}

export interface SurveyOptions {
  readonly everyMs?: number
  /** Of a member that does not answer: it is asked more often, to know soon that it is back. */
  readonly whileBadMs?: number
  readonly timeoutMs?: number
  /** Called after each answer, and each silence. */
  readonly onChange?: () => void
}

const unknown = { version: '', id: '', leads: false, led: false, raftIndex: 0, raftTerm: 0, dbBytes: 0, dbBytesInUse: 0, tookMs: 0, errors: [] }

/**
 * Asks each member again and again how it is. A call that got no answer marks its member bad at once; only an answer to
 * this question makes it good again, so that nothing real is spent on finding out.
 */
export class Survey {
  readonly #members: readonly Member[]
  readonly #facts: MemberFacts[]
  readonly #timers: (NodeJS.Timeout | undefined)[] = []
  readonly #options: Required<SurveyOptions>
  #closed = false

  constructor(members: readonly Member[], options: SurveyOptions = {}) {
    this.#members = members
    this.#options = { everyMs: 1000, whileBadMs: 300, timeoutMs: 1000, onChange: () => undefined, ...options }
    this.#facts = members.map(({ endpoint }) => ({ endpoint, good: true, ...unknown }))
  }

  /** Resolves when every member has answered or failed to. */
  async begin(): Promise<void> {
    await Promise.all(this.#members.map((_, i) => this.#ask(i)))
  }

  get facts(): readonly MemberFacts[] {
    return this.#facts
  }

  get reached(): number {
    return this.#facts.filter(({ good }) => good).length
  }

  /** Whether enough members answer for the cluster to have a leader. */
  get quorate(): boolean {
    return this.reached > this.#members.length / 2
  }

  markBad(member: Member): void {
    const i = this.#members.indexOf(member)
    const facts = this.#facts[i]
    if (!facts?.good || this.#closed) return
    this.#facts[i] = { ...facts, good: false, leads: false }
    clearTimeout(this.#timers[i])
    this.#timers[i] = setTimeout(() => void this.#ask(i), this.#options.whileBadMs).unref()
    this.#options.onChange()
  }

  close(): void {
    this.#closed = true
    this.#timers.forEach(clearTimeout)
  }

  async #ask(i: number): Promise<void> {
    const [member, { timeoutMs, everyMs, whileBadMs, onChange }] = [this.#members[i], this.#options]
    if (!member || this.#closed) return
    const begun = performance.now()
    const facts = await member.call('Maintenance/Status', {}, timeoutMs).then(
      (answer) => factsOf(member.endpoint, answer, performance.now() - begun),
      (): MemberFacts => ({ ...(this.#facts[i] ?? unknown), endpoint: member.endpoint, good: false, leads: false, led: false }),
    )
    if (this.#closed) return
    this.#facts[i] = facts
    clearTimeout(this.#timers[i])
    this.#timers[i] = setTimeout(() => void this.#ask(i), facts.good ? everyMs : whileBadMs).unref()
    onChange()
  }
}

/** `leader` of a member that was just thawed may be its own old belief; nobody relies on it for more than a preference. */
function factsOf(endpoint: string, answer: StatusResponse, tookMs: number): MemberFacts {
  const [id, leader] = [answer.header.member_id.toString(), answer.leader.toString()]
  return {
    endpoint,
    good: true,
    version: answer.version,
    id,
    leads: id === leader,
    led: leader !== '0',
    raftIndex: numberOf(answer.raftIndex),
    raftTerm: numberOf(answer.raftTerm),
    dbBytes: numberOf(answer.dbSize),
    dbBytesInUse: numberOf(answer.dbSizeInUse),
    tookMs,
    errors: answer.errors,
  }
}
