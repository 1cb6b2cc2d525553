import { EtcdError } from './errors.js'
import type { Member } from './member.js'
import type { SideDoor } from './side-door.js'

/** What is known of a member. */
export interface MemberFacts {
  readonly endpoint: string
  /** It answers. */
  readonly good: boolean
  /** Why it did not when it was last asked; '' when it did. */
  readonly silence: string
  readonly version: string
  readonly leads: boolean
  /** It knows a leader. */
  readonly led: boolean
  readonly dbBytes: number
  readonly dbBytesInUse: number
  readonly quotaBytes: number
  /** How far it has come in etcd's log since it was started. */
  readonly applied: number
  /** Why it calls itself unhealthy, in its words; '' when it does not. */
  readonly ailment: string
}

export interface SurveyOptions {
  readonly everyMs?: number
  /** Of a member that does not answer: it is asked more often, to know soon that it is back. */
  readonly whileBadMs?: number
  readonly timeoutMs?: number
  /** How long a member that was silent is not asked first. */
  readonly suspectMs?: number
}

const unknown = { silence: '', version: '', leads: false, led: true, dbBytes: 0, dbBytesInUse: 0, quotaBytes: 0, applied: 0, ailment: '' }
/** A handshake with a frozen member never ends, and grpc-js waits for it even when the member has thawed: it is given up in time. */
const renewAfterMs = 4000
/** Every so many rounds a member is also asked how it is, and its figures. */
const [overhearEvery, figuresEvery] = [3, 15]

/**
 * Asks each member again and again whether it is there, and that alone decides whether it counts as such; but a connection that
 * breaks says so at once. A call that is not answered in time says less: with no leader to ask nobody answers, and all are there.
 */
export class Survey {
  readonly #members: readonly (readonly [Member, SideDoor])[]
  readonly #facts: MemberFacts[]
  readonly #timers: (NodeJS.Timeout | undefined)[] = []
  readonly #rounds: number[]
  /** By `performance.now()`. */
  readonly #suspectUntil: number[] = []
  readonly #triedSince: number[] = []
  #lostAt: number | undefined
  readonly #options: Required<SurveyOptions>
  #closed = false

  constructor(members: readonly (readonly [Member, SideDoor])[], options: SurveyOptions = {}) {
    this.#members = members
    this.#options = { everyMs: 1000, whileBadMs: 300, timeoutMs: 1000, suspectMs: 2000, ...options }
    this.#facts = members.map(([{ endpoint }]) => ({ endpoint, good: true, ...unknown }))
    this.#rounds = members.map(() => 0)
  }

  /** Resolves when every member has answered or failed to. */
  async begin(): Promise<void> {
    await Promise.all(this.#members.map((_, i) => this.#round(i)))
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

  /** Since when too few answer, by `performance.now()`; undefined while enough do. */
  get lostAt(): number | undefined {
    return this.#lostAt
  }

  /** Nothing listens there: its connection was refused or broke. */
  markBad(member: Member): void {
    const i = this.#index(member)
    if (!this.#facts[i]?.good || this.#closed) return
    this.#learn(i, { good: false, leads: false })
    this.#again(i, this.#options.whileBadMs)
  }

  /**
   * It was silent for longer than another. It may be frozen, or may just not reach a leader: it is asked at once whether it is
   * there, and meanwhile others are asked first.
   */
  suspect(member: Member): void {
    const i = this.#index(member)
    const again = (this.#suspectUntil[i] ?? 0) > performance.now()
    this.#suspectUntil[i] = performance.now() + this.#options.suspectMs
    if (!again && this.#facts[i]?.good) this.#again(i, 0)
  }

  /** How little `member` is to be preferred: the smaller the better. */
  rank(member: Member): number {
    const i = this.#index(member)
    const facts = this.#facts[i]
    const suspected = (this.#suspectUntil[i] ?? 0) > performance.now()
    return (facts?.good ? 0 : 8) + (suspected ? 4 : 0) + (facts?.led ? 0 : 2) + (facts?.leads ? 0 : 1)
  }

  /** A member that says it has no leader is believed; who led before does no more. */
  markLeaderless(member: Member): void {
    const i = this.#index(member)
    if (this.#facts[i]?.leads) this.#learn(i, { leads: false })
  }

  close(): void {
    this.#closed = true
    this.#timers.forEach(clearTimeout)
  }

  #index(member: Member): number {
    return this.#members.findIndex(([one]) => one === member)
  }

  async #round(i: number): Promise<void> {
    const { timeoutMs, everyMs, whileBadMs } = this.#options
    const pair = this.#members[i]
    if (!pair || this.#closed) return
    const silence = await silenceOf(pair[0], timeoutMs)
    const good = silence === ''
    if (this.#closed) return
    const wasBad = this.#facts[i]?.good === false
    this.#learn(i, good ? { good, silence } : { good, silence, leads: false })
    if (good) await this.#listen(i, pair[1], wasBad)
    if (good || !wasBad) this.#triedSince[i] = performance.now()
    else if (performance.now() - (this.#triedSince[i] ?? 0) > renewAfterMs) {
      this.#triedSince[i] = performance.now()
      pair[0].renew()
    }
    this.#again(i, good ? everyMs : whileBadMs)
  }

  /** What cannot be overheard stays as it was: a member may keep its figures to another port. */
  async #listen(i: number, door: SideDoor, wasBad: boolean): Promise<void> {
    const round = wasBad ? 0 : (this.#rounds[i] ?? 0)
    this.#rounds[i] = round + 1
    if (round % overhearEvery === 0) await door.overhear().then((heard) => this.#learn(i, heard), () => undefined)
    if (round % figuresEvery === 0) await door.figures().then((figures) => this.#learn(i, figures), () => undefined)
  }

  #learn(i: number, news: Partial<MemberFacts>): void {
    const before = this.#facts[i]
    if (before) this.#facts[i] = { ...before, ...news }
    this.#lostAt = this.quorate ? undefined : (this.#lostAt ?? performance.now())
    // There is one leader; what another was is then out of date.
    if (news.leads) this.#facts.forEach((facts, n) => n !== i && facts.leads && (this.#facts[n] = { ...facts, leads: false }))
  }

  #again(i: number, ms: number): void {
    clearTimeout(this.#timers[i])
    if (!this.#closed) this.#timers[i] = setTimeout(() => void this.#round(i), ms).unref()
  }
}

/** The list of members is the cheapest question that any user may ask, and a member answers it by itself. A refusal is an answer too. */
async function silenceOf(member: Member, timeoutMs: number): Promise<string> {
  try {
    await member.call('Cluster/MemberList', {}, timeoutMs)
    return ''
  } catch (error) {
    return EtcdError.unavailable.is(error) || EtcdError.silent.is(error) ? error.message : ''
  }
}
