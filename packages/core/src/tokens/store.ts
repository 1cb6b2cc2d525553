import { BarrierError } from '@chatelaine/barrier'
import { base62, HmacKey } from '@chatelaine/crypto'
import { decodeRecord, encodeRecord, Parsed, turns, untilCommitted, type Clock, type Guard, type Storage, type Write } from '@chatelaine/sdk'
import { isExpired, type Token, type TokenEntry } from './entry.js'

const saltKey = 'sys/token/salt'
const idKey = (key: string) => `sys/token/id/${key}`
const accessorKey = (hashed: string) => `sys/token/accessor/${hashed}`
const childKey = (parent: string, child: string) => `sys/token/parent/${parent}/${child}`
export const expiryPrefix = 'sys/token/expire/'

/** Times sort as text when they have one length. */
const expiryKey = (time: number, key: string) => `${expiryPrefix}${String(time).padStart(12, '0')}/${key}`

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

/** The salt, ready to be used; none while the vault is sealed. */
interface Salt {
  hashing: HmacKey | undefined
}

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
  readonly #entries: Parsed<TokenEntry>
  readonly #turn = turns()
  readonly #salt: Salt

  /** `catchUp`, where other nodes write too, makes what a list has just named known to `get`. */
  constructor(storage: Storage, clock: Clock, catchUp: CatchUp = async () => undefined, salt: Salt = { hashing: undefined }) {
    this.#storage = storage
    this.#clock = clock
    this.#catchUp = catchUp
    this.#salt = salt
    this.#entries = new Parsed(storage, ({ value }) => decodeRecord<TokenEntry>(value))
  }

  /** Reads the salt, or makes it when this is a new vault. Called once, at unseal, before any request. */
  async open(fresh: () => Uint8Array): Promise<void> {
    const salt = await untilCommitted(async () => {
      const found = await this.#storage.get(saltKey)
      if (found) return found.value
      const salt = fresh()
      return (await this.#storage.commit([{ put: saltKey, value: salt }], [{ key: saltKey, revision: 0n }])) && salt
    })
    this.#salt.hashing = new HmacKey(salt)
    salt.fill(0)
  }

  /** The same tokens by another way to the same storage. It lives and is closed with this one. */
  by(storage: Storage): TokenStore {
    return new TokenStore(storage, this.#clock, this.#catchUp, this.#salt)
  }

  close(): void {
    this.#entries.clear()
    this.#salt.hashing?.close()
    this.#salt.hashing = undefined
  }

  /** Unix seconds. */
  now(): number {
    return Math.floor(this.#clock.now().getTime() / 1000)
  }

  keyOf(id: string): string {
    return this.#hash(`id:${id}`)
  }

  /** The token `id`, unless it is unknown, expired, spent or on its way out. */
  async find(id: string): Promise<Token | undefined> {
    // No comparison of tokens takes place: what is compared, as a storage key, is a hash under a key that nobody knows.
    return this.byKey(this.keyOf(id))
  }

  /** As `find`, by storage name. */
  async byKey(key: string): Promise<Token | undefined> {
    const token = await this.#any(key)
    return token && token.entry.numUses >= 0 && !isExpired(token.entry, this.now()) ? token : undefined
  }

  /** The token of a request that was let in, even if that was its last use. */
  async held(key: string): Promise<Token | undefined> {
    const token = await this.#any(key)
    return token && !isExpired(token.entry, this.now()) ? token : undefined
  }

  /** Whether `id` names a record, be it one that only waits to be removed. */
  async taken(id: string): Promise<boolean> {
    return (await this.#any(this.keyOf(id))) !== undefined
  }

  async byAccessor(accessor: string): Promise<Token | undefined> {
    const found = await this.#storage.get(accessorKey(this.#hash(`accessor:${accessor}`)))
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
    const entry: TokenEntry = { ...fresh, id, accessor, type: 'service', lastRenewal: 0 }
    const guards: Guard[] = [{ key: idKey(key), revision: 0n }, ...(beside.guards ?? [])]
    if (maker) guards.push(guardOf(maker))
    const writes: Write[] = [
      { put: idKey(key), value: encodeRecord(entry) },
      { put: accessorKey(this.#hash(`accessor:${accessor}`)), value: encodeRecord(key) },
      ...(entry.parent ? [{ put: childKey(entry.parent, key), value: empty }] : []),
      ...(entry.expireTime > 0 ? [{ put: expiryKey(entry.expireTime, key), value: empty }] : []),
      ...(beside.writes?.(key) ?? []),
    ]
    if (!(await this.#storage.commit(writes, guards))) return false
    const made = await this.#any(key)
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
      return this.#change(now, { ...now.entry, numUses: last ? -1 : now.entry.numUses - 1 }, more)
    })
  }

  /** Gives a token a new end. Undefined when it is gone by now. */
  async extend(token: Token, expireTime: number): Promise<Token | undefined> {
    return untilCommitted(async () => {
      const now = await this.byKey(token.key)
      return now && this.#change(now, { ...now.entry, expireTime, lastRenewal: this.now() })
    })
  }

  /**
   * Revokes a token and all that descend from it. It is first marked as spent, in a commit that any maker of a child
   * would lose against, and listed as due at once: if this process dies half-way, the next sweep goes on. `forget` removes
   * what else was kept for a token.
   */
  async revoke(key: string, forget: (key: string) => Promise<void>): Promise<void> {
    return this.#revokeIf(key, () => true, forget)
  }

  async #revokeIf(key: string, doomed: (entry: TokenEntry) => boolean, forget: (key: string) => Promise<void>): Promise<void> {
    const marked = await this.#mark(key, doomed)
    if (!marked) return
    const children = await this.#children(key)
    // Some may be newer than what this node has seen: no more can be made, now that their maker is marked.
    if (children.length > 0) await this.#catchUp()
    for (const child of children) await this.revoke(child, forget)
    await forget(key)
    await this.#remove(marked)
  }

  /** Revokes a token and leaves its children without a parent. */
  async orphanChildren(key: string): Promise<void> {
    for (const child of await this.#children(key)) {
      await untilCommitted(async () => {
        const now = await this.#any(child)
        const unlink: Write = { remove: childKey(key, child) }
        if (!now) return this.#storage.commit([unlink], [{ key: idKey(child), revision: 0n }])
        const entry = { ...now.entry, parent: '', orphan: true }
        return this.#storage.commit([unlink, { put: idKey(child), value: encodeRecord(entry) }], [guardOf(now)])
      })
    }
  }

  /** Every living token, a page of names at a time: there may be a million. */
  async *all(): AsyncGenerator<Token> {
    for (let after = ''; ; ) {
      const keys = await this.#storage.list(idKey(''), { after, limit: page })
      await this.#catchUp()
      for (const key of keys) {
        const token = await this.byKey(key)
        if (token) yield token
      }
      after = keys.at(-1) ?? ''
      if (after === '') return
    }
  }

  async accessors(): Promise<string[]> {
    const found: string[] = []
    for await (const { entry } of this.all()) found.push(entry.accessor)
    return found.sort()
  }

  /** Rows of at most `limit` tokens that are due by now, the oldest first. While none is, this is a list of one name. */
  async due(limit: number): Promise<string[]> {
    const found: string[] = []
    let after = ''
    for (let times = 1; found.length < limit; times = limit) {
      const folders = await this.#storage.list(expiryPrefix, { after, limit: times })
      for (const folder of folders) {
        if (timeOf(folder) > this.now() || found.length >= limit) return found
        const keys = await this.#storage.list(expiryPrefix + folder, { limit: limit - found.length })
        found.push(...keys.map((key) => folder + key))
      }
      if (folders.length < times) return found
      after = folders.at(-1) ?? ''
    }
    return found
  }

  /** For how many seconds the oldest token that is due has been so; 0 when none is. */
  async overdue(): Promise<number> {
    const [oldest] = await this.#storage.list(expiryPrefix, { limit: 1 })
    return oldest === undefined ? 0 : Math.max(0, this.now() - timeOf(oldest))
  }

  /**
   * Ends what `due` named, unless it was renewed meanwhile. A row of the expiry order that no longer speaks of its token is
   * a leftover of a lost race and is dropped.
   */
  async expire(row: string, forget: (key: string) => Promise<void>): Promise<void> {
    const [time = '', key = ''] = row.split('/')
    const doomed = (entry: TokenEntry) => entry.numUses < 0 || isExpired(entry, this.now())
    await untilCommitted(async () => {
      const token = await this.#any(key)
      if (token && doomed(token.entry)) return this.#revokeIf(key, doomed, forget)
      if (token?.entry.expireTime === Number(time)) return undefined
      // The guard is what is known of the token: a row must not go because of what is no longer so.
      const guard = token ? guardOf(token) : { key: idKey(key), revision: 0n }
      return this.#storage.commit([{ remove: expiryPrefix + row }], [guard])
    })
  }

  async #any(key: string): Promise<Token | undefined> {
    const found = await this.#entries.get(idKey(key))
    return found && { key, revision: found.revision, entry: found.value }
  }

  async #change(token: Token, entry: TokenEntry, more: readonly Write[] = []): Promise<Token | false> {
    const writes: Write[] = [{ put: idKey(token.key), value: encodeRecord(entry) }, ...more]
    if (entry.expireTime !== token.entry.expireTime) writes.push(...this.#reorder(token, entry.expireTime))
    if (!(await this.#storage.commit(writes, [guardOf(token)]))) return false
    return { ...token, entry }
  }

  #reorder({ key, entry }: Token, time: number): Write[] {
    const gone: Write[] = entry.expireTime > 0 ? [{ remove: expiryKey(entry.expireTime, key) }] : []
    return time > 0 ? [...gone, { put: expiryKey(time, key), value: empty }] : gone
  }

  /** Undefined when there is nothing to revoke, or when it is `doomed` no more. */
  #mark(key: string, doomed: (entry: TokenEntry) => boolean): Promise<Token | undefined> {
    return untilCommitted(async () => {
      const token = await this.#any(key)
      if (!token || !doomed(token.entry)) return undefined
      return this.#change(token, { ...token.entry, numUses: -1, expireTime: Math.min(token.entry.expireTime || Infinity, this.now()) })
    })
  }

  async #children(key: string): Promise<string[]> {
    return this.#storage.list(`sys/token/parent/${key}/`)
  }

  /** Somebody else may have removed it first, and a token of the same chosen id may live there by now. */
  async #remove({ key, entry: { accessor } }: Token): Promise<void> {
    await untilCommitted(async () => {
      const token = await this.#any(key)
      if (token?.entry.accessor !== accessor) return true
      const { expireTime, parent } = token.entry
      const writes = [
        { remove: idKey(key) },
        { remove: accessorKey(this.#hash(`accessor:${accessor}`)) },
        { remove: expiryKey(expireTime, key) },
        ...(parent ? [{ remove: childKey(parent, key) }] : []),
      ]
      return this.#storage.commit(writes, [guardOf(token)])
    })
  }

  /** A request that outlives the sealing must not go on with no salt: what it named so would never be found again. */
  #hash(text: string): string {
    if (!this.#salt.hashing) throw BarrierError.sealed()
    return this.#salt.hashing.hex(text)
  }
}

const timeOf = (folder: string) => Number(folder.slice(0, -1))

const guardOf = ({ key, revision }: Token): Guard => ({ key: idKey(key), revision })
