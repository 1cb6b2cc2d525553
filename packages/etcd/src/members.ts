import type { VaultError } from '@chatelaine/sdk'
import { ClusterId } from './cluster-id.js'
import { EtcdError } from './errors.js'
import { Member, type EtcdTls } from './member.js'
import type { CallName, Calls } from './messages.js'
import { SideDoor } from './side-door.js'
import { Survey, type MemberFacts } from './survey.js'

export interface MembersOptions {
  readonly endpoints: readonly string[]
  readonly tls?: EtcdTls | undefined
  /** Where etcd's users have passwords rather than certificates. */
  readonly user?: { readonly name: string; readonly password: string } | undefined
  /** A single try waits so long. */
  readonly callMs?: number
  /** A call tries so long while most members answer, as in the second or two of choosing a new leader. */
  readonly patienceMs?: number
  /** And so long from when they do not: nothing will come of waiting. */
  readonly shortMs?: number
}

export interface HowToCall {
  /** Asks a second member when the first has said nothing for so long. Only for what may be asked twice. */
  readonly hedgeMs?: number | undefined
  readonly callMs?: number | undefined
  readonly patienceMs?: number | undefined
  /** Told each time the call is sent. A refusal is certain only of a call that was sent once: an earlier copy may have been applied. */
  readonly onTry?: (() => void) | undefined
}

const answeredMs = 1000
/** For one call: who is refused as often with a token that is new has no right to one. */
const mostLogins = 3
/** A single try, to see whether an outage is over. */
const lateMs = 200

/**
 * A cluster, as its client sees it: every call goes to a member that answers, and to another when it does not. Calls may be sent
 * more than once, so what is sent must be harmless when it is done twice, or guarded so that it cannot be.
 */
export class Members {
  readonly #options: MembersOptions & { readonly callMs: number; readonly patienceMs: number; readonly shortMs: number }
  readonly #survey: Survey
  readonly #sideDoors: readonly SideDoor[]
  readonly all: readonly Member[]
  readonly #cluster = new ClusterId()
  #turn = 0
  #answeredAt = -Infinity
  #login: Promise<void> | undefined
  /** How often a second member was asked, and how often its answer came first. */
  readonly counts = { hedged: 0, hedgeWon: 0, retried: 0 }

  constructor(options: MembersOptions) {
    this.#options = { callMs: 1000, patienceMs: 5000, shortMs: 1200, ...options }
    this.all = options.endpoints.map((endpoint) => new Member({ endpoint, tls: options.tls, cluster: this.#cluster }))
    this.#sideDoors = options.endpoints.map((endpoint) => new SideDoor(endpoint, options.tls))
    this.#survey = new Survey(this.all.map((member, i) => [member, this.#sideDoors[i] as SideDoor]))
  }

  /** Looks once at every member; rejects when nobody is there to talk to. */
  async open(): Promise<void> {
    await this.#survey.begin()
    if (this.stranger) throw this.stranger
    await this.#loggedIn()
  }

  /** Set once another cluster has answered than the one that did at first. From then on there are no answers. */
  get stranger(): VaultError | undefined {
    return this.#cluster.stranger
  }

  get facts(): readonly MemberFacts[] {
    return this.#survey.facts
  }

  /** Whether a call has a chance: most members are there, or one has just answered what it takes most of them to answer. */
  get quorate(): boolean {
    return this.#survey.quorate || performance.now() - this.#answeredAt < answeredMs
  }

  /** A member that answers, the leader if it does; not one of `but` unless there is no other. */
  pick(but: readonly Member[] = []): Member {
    const order = this.all.map((_, i) => this.all[(this.#turn + i) % this.all.length] as Member)
    this.#turn = (this.#turn + 1) % this.all.length
    const rank = (member: Member) => (but.includes(member) ? 16 : 0) + this.#survey.rank(member)
    return order.reduce((a, b) => (rank(b) < rank(a) ? b : a))
  }

  /** It is silent; ask others first. */
  suspect(member: Member): void {
    this.#survey.suspect(member)
  }

  async call<N extends CallName>(name: N, ask: Calls[N][0], how: HowToCall = {}): Promise<Calls[N][1]> {
    const begun = performance.now()
    const { callMs, patienceMs, shortMs } = { ...this.#options, ...defined(how) }
    const failed: Member[] = []
    let logins = 0
    for (;;) {
      const now = performance.now()
      const until = begun + patienceMs
      // An outage has one clock: who comes when it has lasted for long is not made to wait for as long again.
      const short = Math.max(begun + lateMs, (this.#survey.lostAt ?? now) + shortMs)
      const left = (this.quorate ? until : Math.min(until, short)) - now
      if (left <= 0) throw this.#exhausted()
      const member = this.pick(failed)
      const outcome = await this.#once(member, { name, ask, timeoutMs: Math.min(callMs, left), hedgeMs: how.hedgeMs, onTry: how.onTry }).catch(Failed.of)
      if (!(outcome instanceof Failed)) {
        this.#answeredAt = performance.now()
        return outcome
      }
      this.counts.retried += 1
      if (EtcdError.unauthenticated.is(outcome.cause) && this.#options.user && logins < mostLogins) {
        if (await this.#loggedIn()) logins += 1
        // A member that has yet to hear of the newest token refuses it too.
        await pause(20)
        continue
      }
      if (!isPassing(outcome.cause)) throw outcome.cause
      failed.push(member)
      if (failed.length >= this.all.length) {
        failed.length = 0
        await pause(20)
      }
    }
  }

  /** A token was refused where no call notices, as on a stream: gets another one. */
  logInAgain(): void {
    this.#loggedIn().catch(() => undefined)
  }

  /** False when nobody answered just now. */
  async #loggedIn(): Promise<boolean> {
    try {
      await this.#authenticate()
      return true
    } catch (error) {
      if (isPassing(error)) return false
      throw error
    }
  }

  /** Goes on with other certificates, over new connections. */
  renew(tls: EtcdTls): void {
    for (const one of [...this.all, ...this.#sideDoors]) one.renew(tls)
  }

  close(): void {
    this.#survey.close()
    for (const one of [...this.all, ...this.#sideDoors]) one.close()
  }

  #exhausted(): VaultError {
    return EtcdError.noQuorum({ reached: this.#survey.reached, members: this.all.length })
  }

  /** One member, and a second beside it if that one is silent; the first answer counts. */
  #once<N extends CallName>(first: Member, attempt: Try<N>): Promise<Calls[N][1]> {
    const { timeoutMs, hedgeMs } = attempt
    const one = this.#ask(first, attempt)
    if (hedgeMs === undefined || hedgeMs >= timeoutMs || this.all.length < 2) return one
    return new Promise((resolve, reject) => {
      let waiting = 1
      const lost = (error: unknown) => {
        waiting -= 1
        if (waiting > 0) return
        clearTimeout(timer)
        reject(error)
      }
      const won = (answer: Calls[N][1]) => {
        clearTimeout(timer)
        resolve(answer)
      }
      const timer = setTimeout(() => {
        this.counts.hedged += 1
        waiting += 1
        const second = this.pick([first])
        const wonHere = (answer: Calls[N][1]) => {
          if (waiting > 1) this.counts.hedgeWon += 1
          if (waiting > 1) this.suspect(first)
          won(answer)
        }
        this.#ask(second, attempt).then(wonHere, lost)
      }, hedgeMs)
      one.then((answer) => {
        waiting -= 1
        won(answer)
      }, lost)
    })
  }

  async #ask<N extends CallName>(member: Member, { name, ask, timeoutMs, onTry }: Try<N>): Promise<Calls[N][1]> {
    try {
      onTry?.()
      return await member.call(name, ask, timeoutMs)
    } catch (error) {
      if (EtcdError.unavailable.is(error)) this.#survey.markBad(member)
      if (EtcdError.silent.is(error)) this.suspect(member)
      if (EtcdError.notNow.is(error)) this.#survey.markLeaderless(member)
      throw error
    }
  }

  /** One log-in at a time; its token is good at every member, for some minutes or until etcd's users change. Then we log in again. */
  #authenticate(): Promise<void> {
    const { user, callMs } = this.#options
    if (!user) return Promise.resolve()
    this.#login ??= (async () => {
      const { token } = await this.pick().call('Auth/Authenticate', user, callMs)
      this.all.forEach((member) => member.authenticate(token))
    })().finally(() => (this.#login = undefined))
    return this.#login
  }
}

interface Try<N extends CallName> {
  readonly name: N
  readonly ask: Calls[N][0]
  readonly timeoutMs: number
  readonly hedgeMs: number | undefined
  readonly onTry: (() => void) | undefined
}

/** So that an answer and a failure can be told apart without a second `try`. */
class Failed {
  readonly cause: unknown
  constructor(cause: unknown) {
    this.cause = cause
  }
  static readonly of = (cause: unknown) => new Failed(cause)
}

/** Another member, or the same one a little later, may do what this one did not. */
export const isPassing = (error: unknown): boolean =>
  EtcdError.unavailable.is(error) || EtcdError.silent.is(error) || EtcdError.notNow.is(error)

/** etcd has answered, and the answer is no: the same would be refused again. */
export const isRefusal = (error: unknown): boolean => !isPassing(error) && !EtcdError.noQuorum.is(error)

/** Without what is not set, which would otherwise hide a default. */
const defined = <T extends object>(given: T): Partial<{ [K in keyof T]: Exclude<T[K], undefined> }> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<{ [K in keyof T]: Exclude<T[K], undefined> }>

const pause = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms))
