import { base62, HmacKey } from '@chatelaine/crypto'
import { decodeRecord, encodeRecord, turns, untilCommitted, type Clock, type Guard, type Storage, type Write } from '@chatelaine/sdk'
import { TokenError } from '../errors.js'
import { dueRows, overdueFor } from './due.js'
import { isExpired, type Token, type TokenEntry } from './entry.js'
import { guardOf, TokenRecords, type Salt } from './records.js'
import { Failures, revoke } from './revoking.js'
import { accessorKey, childKey, dueAt, expiryKey, expiryPrefix, idKey, rowsBeside, saltKey } from './rows.js'

export { expiryPrefix }

/** Everything about a token that its making does not take from elsewhere. */
export type NewToken = Omit<TokenEntry, 'id' | 'accessor' | 'type' | 'lastRenewal'> & { readonly id?: string }

/** What belongs into the commit that makes a token, beside the token. */
export interface Beside {
  readonly writes?: (key: string) => readonly Write[]
  readonly guards?: readonly Guard[]
}

export type CatchUp = () => Promise<void>

const empty = new Uint8Array(0)
const page = 500

/** What every way to the same tokens shares. */
interface Shared extends Salt {
  /** Tokens whose parent was found gone while they were not; each is counted once. */
  readonly strays: Set<string>
}

const newlyShared = (): Shared => ({ hashing: undefined, strays: new Set() })

/** How many generations a token may have above it: each is looked at whenever the token is used. */
const mostGenerations = 128

/** Seconds a spent token's own last request may take before the sweep removes what that request still reads. */
const spentGrace = 120

/**
 * Tokens in storage. A token is found by a keyed hash of itself, so neither storage keys nor a slow comparison tell
 * anything about it. Token, accessor, place in the family and place in the order of expiry are written in one commit.
 */
export class TokenStore {
  readonly #storage: Storage
  readonly #clock: Clock
  readonly #catchUp: CatchUp
  readonly #records: TokenRecords
  readonly #turn = turns()
  readonly #shared: Shared

  /** `catchUp`, where other nodes write too, makes what a list has just named known to `get`. */
  constructor(storage: Storage, clock: Clock, catchUp: CatchUp = async () => undefined, shared: Shared = newlyShared()) {
    this.#storage = storage
    this.#clock = clock
    this.#catchUp = catchUp
    this.#shared = shared
    this.#records = new TokenRecords(storage, shared)
  }

  /** Reads the salt, or makes it when this is a new vault. Called once, at unseal, before any request. */
  async open(fresh: () => Uint8Array): Promise<void> {
    const salt = await untilCommitted(async () => {
      const found = await this.#storage.get(saltKey)
      if (found) return found.value
      const salt = fresh()
      return (await this.#storage.commit([{ put: saltKey, value: salt }], [{ key: saltKey, revision: 0n }])) && salt
    })
    this.#shared.hashing = new HmacKey(salt)
    salt.fill(0)
  }

  /** The same tokens by another way to the same storage. It lives and is closed with this one. */
  by(storage: Storage): TokenStore {
    return new TokenStore(storage, this.#clock, this.#catchUp, this.#shared)
  }

  close(): void {
    this.#records.clear()
    this.#shared.hashing?.close()
    this.#shared.hashing = undefined
  }

  /** Unix seconds, with thousandths: a token that lives for a second must do so wherever in a second it was made. */
  now(): number {
    return this.#clock.now().getTime() / 1000
  }

  keyOf(id: string): string {
    return this.#records.hash(`id:${id}`)
  }

  /** How many tokens were found without their parent. */
  get strays(): number {
    return this.#shared.strays.size
  }

  /** The token `id`, unless it is unknown, expired, spent or on its way out, or one of those it descends from is. */
  async find(id: string): Promise<Token | undefined> {
    // No comparison of tokens takes place: what is compared, as a storage key, is a hash under a key that nobody knows.
    return this.byKey(this.keyOf(id))
  }

  /** As `find`, by storage name. */
  async byKey(key: string): Promise<Token | undefined> {
    const token = await this.held(key)
    return token && token.entry.numUses >= 0 ? token : undefined
  }

  /** The token of a request that was let in, even if that was its last use. */
  async held(key: string): Promise<Token | undefined> {
    const token = await this.#records.get(key)
    if (!token || isExpired(token.entry, this.now())) return undefined
    return token.entry.parent === '' || (await this.#descent(token)) ? token : undefined
  }

  /** Whether `id` names a record, be it one that only waits to be removed. */
  async taken(id: string): Promise<boolean> {
    return (await this.#records.get(this.keyOf(id))) !== undefined
  }

  async byAccessor(accessor: string): Promise<Token | undefined> {
    const found = await this.#storage.get(accessorKey(this.#records.hash(`accessor:${accessor}`)))
    return found && this.byKey(decodeRecord<string>(found.value))
  }

  /**
   * Makes a token. Its maker must still be alive in the revision it was judged by, also the maker of an orphan: the guard is
   * what keeps a token from being born of one that is being revoked. False when the maker changed meanwhile, or a guard of
   * `beside` no longer holds.
   */
  async create(fresh: NewToken, maker: Token | undefined, beside: Beside = {}): Promise<Token | false> {
    const id = fresh.id ?? `hvs.${base62(24)}`
    const key = this.keyOf(id)
    const accessor = base62(24)
    const uses = fresh.numUses > 0 ? { uses: fresh.numUses } : {}
    const entry: TokenEntry = { ...fresh, ...uses, id, accessor, type: 'service', lastRenewal: 0 }
    if (entry.parent && maker && (await this.#descent(maker)) >= mostGenerations) throw TokenError.tooDeep({ most: mostGenerations })
    const guards: Guard[] = [{ key: idKey(key), revision: 0n }, ...(beside.guards ?? [])]
    if (maker) guards.push(guardOf(maker))
    const hashed = this.#records.hash(`accessor:${accessor}`)
    const writes: Write[] = [
      { put: idKey(key), value: encodeRecord(entry) },
      ...rowsBeside(key, entry, hashed).map((row) => ({ put: row, value: row === accessorKey(hashed) ? encodeRecord(key) : empty })),
      ...(beside.writes?.(key) ?? []),
    ]
    if (!(await this.#storage.commit(writes, guards))) return false
    const made = await this.#records.get(key)
    return made ?? false
  }

  /**
   * Takes one use off a token that has a number of them. Undefined when another request took the last one. A spent token is
   * listed as due a little later, so that it goes away even if this process dies before revoking it. Requests of one token
   * take turns here: a hundred at once would lose a hundred races against each other.
   */
  async use(token: Token): Promise<Token | undefined> {
    if (token.entry.numUses === 0) return token
    return this.#turn(token.key, () => this.#useOnce(token))
  }

  #useOnce(token: Token): Promise<Token | undefined> {
    return untilCommitted(async () => {
      const now = await this.byKey(token.key)
      if (!now) return undefined
      const last = now.entry.numUses === 1
      const more: Write[] = last ? [{ put: expiryKey(this.now() + spentGrace, token.key), value: empty }] : []
      return this.#records.change(now, { ...now.entry, numUses: last ? -1 : now.entry.numUses - 1 }, more)
    })
  }

  /** Gives a token a new end. Undefined when it is gone by now. */
  async extend(token: Token, expireTime: number): Promise<Token | undefined> {
    return untilCommitted(async () => {
      const now = await this.byKey(token.key)
      return now && this.#records.change(now, { ...now.entry, expireTime, lastRenewal: this.now() })
    })
  }

  /** Revokes a token and all that descend from it (see `revoking.ts`). `forget` removes what else was kept for a token. */
  async revoke(key: string, forget: (key: string) => Promise<void>): Promise<void> {
    return revoke(this.#revoking(forget), key)
  }

  /** Leaves the children of a token without a parent. One that cannot be changed keeps no other; returns what failed so. */
  async orphanChildren(key: string): Promise<Failures> {
    const failures = new Failures()
    for (const child of await this.#records.children(key)) {
      await failures.none(() => untilCommitted(() => this.#orphan(key, child)))
    }
    return failures
  }

  async #orphan(key: string, child: string): Promise<boolean | Token> {
    const now = await this.#records.get(child)
    const unlink: Write = { remove: childKey(key, child) }
    if (!now) return this.#storage.commit([unlink], [{ key: idKey(child), revision: 0n }])
    return this.#records.change(now, { ...now.entry, parent: '', orphan: true }, [unlink])
  }

  /** Every living token, a page of names at a time: there may be a million. `failed` hears of each that cannot be read. */
  async *all(failed: (error: unknown) => void): AsyncGenerator<Token> {
    for await (const { key } of this.records(failed)) {
      try {
        const token = await this.byKey(key)
        if (token) yield token
      } catch (error) {
        failed(error)
      }
    }
  }

  async accessors(failed: (error: unknown) => void = raise): Promise<string[]> {
    const found: string[] = []
    for await (const { entry } of this.all(failed)) found.push(entry.accessor)
    return found.sort()
  }

  /** As `all`, with those that only wait to be removed. */
  async *records(failed: (error: unknown) => void): AsyncGenerator<Token> {
    for (let after = ''; ; ) {
      const keys = await this.#storage.list(idKey(''), { after, limit: page })
      await this.#catchUp()
      for (const key of keys) {
        const token = await this.#records.get(key).catch(failed)
        if (token) yield token
      }
      after = keys.at(-1) ?? ''
      if (after === '') return
    }
  }

  /** Rows of at most `limit` tokens that are due by now, the oldest first. While none is, this is a list of one name. */
  due(limit: number): Promise<string[]> {
    return dueRows(this.#storage, this.now(), limit)
  }

  /** For how many seconds the oldest token that is due has been so; 0 when none is. */
  overdue(): Promise<number> {
    return overdueFor(this.#storage, this.now())
  }

  /**
   * Ends what `due` named, unless it was renewed meanwhile. A row of the expiry order that no longer speaks of its token is
   * a leftover of a lost race and is dropped.
   */
  async expire(row: string, forget: (key: string) => Promise<void>): Promise<void> {
    const [time = '', key = ''] = row.split('/')
    const doomed = async (token: Token) => token.entry.numUses < 0 || isExpired(token.entry, this.now()) || !(await this.#hasParent(token))
    await untilCommitted(async () => {
      const token = await this.#records.get(key)
      if (token && (await doomed(token))) return revoke(this.#revoking(forget), key, doomed)
      if (token && token.entry.expireTime > 0 && dueAt(token.entry.expireTime) === Number(time)) return undefined
      // The guard is what is known of the token: a row must not go because of what is no longer so.
      const guard = token ? guardOf(token) : { key: idKey(key), revision: 0n }
      return this.#storage.commit([{ remove: expiryPrefix + row }], [guard])
    })
  }

  #revoking(forget: (key: string) => Promise<void>) {
    return { records: this.#records, now: () => this.now(), catchUp: this.#catchUp, forget }
  }

  /**
   * How many generations a token has above it; 0 when one of them is no longer good, for a child is good only while its parent is.
   * The rows that name children are only for finding them: whether a token is good is read from records, which storage cannot forge.
   */
  async #descent(token: Token): Promise<number> {
    let generations = 1
    for (let child = token; child.entry.parent !== ''; generations++) {
      const parent = await this.#records.get(child.entry.parent)
      if (!parent) await this.#strayed(child)
      if (!parent || parent.entry.numUses < 0 || isExpired(parent.entry, this.now()) || generations > 2 * mostGenerations) return 0
      child = parent
    }
    return generations
  }

  async #hasParent({ entry: { parent } }: Token): Promise<boolean> {
    return parent === '' || (await this.#records.get(parent)) !== undefined
  }

  /** A child goes before its parent, so this one was missed: storage lost the row that named it, or gave back its record. */
  async #strayed({ key }: Token): Promise<void> {
    if (this.#shared.strays.has(key)) return
    const token = await this.#records.get(key)
    if (!token || (await this.#hasParent(token))) return
    this.#shared.strays.add(key)
    // The next sweep ends it and what descends from it. That it cannot be listed is no reason to let it in.
    await this.#storage.commit([{ put: expiryKey(this.now(), key), value: empty }], [guardOf(token)]).catch(() => undefined)
  }
}

const raise = (error: unknown): never => {
  throw error
}
