import { BarrierError } from '@chatelaine/barrier'
import type { HmacKey } from '@chatelaine/crypto'
import { decodeRecord, encodeRecord, Parsed, untilCommitted, type Guard, type Storage, type Write } from '@chatelaine/sdk'
import type { Token, TokenEntry } from './entry.js'
import { accessorKey, childKey, expiryKey, idKey } from './rows.js'

/** The salt, ready to be used; none while the vault is sealed. */
export interface Salt {
  hashing: HmacKey | undefined
}

export const guardOf = ({ key, revision }: Token): Guard => ({ key: idKey(key), revision })

/** Token records as they lie in storage, whether a token is still good or not, and the commits that change one with its rows. */
export class TokenRecords {
  readonly storage: Storage
  readonly #entries: Parsed<TokenEntry>
  readonly #salt: Salt

  constructor(storage: Storage, salt: Salt) {
    this.storage = storage
    this.#salt = salt
    this.#entries = new Parsed(storage, ({ value }) => decodeRecord<TokenEntry>(value))
  }

  async get(key: string): Promise<Token | undefined> {
    const found = await this.#entries.get(idKey(key))
    return found && { key, revision: found.revision, entry: found.value }
  }

  async change(token: Token, entry: TokenEntry, more: readonly Write[] = []): Promise<Token | false> {
    const writes: Write[] = [{ put: idKey(token.key), value: encodeRecord(entry) }, ...more]
    if (entry.expireTime !== token.entry.expireTime) writes.push(...reorder(token, entry.expireTime))
    if (!(await this.storage.commit(writes, [guardOf(token)]))) return false
    return { ...token, entry }
  }

  children(key: string): Promise<string[]> {
    return this.storage.list(childKey(key, ''))
  }

  /** Somebody else may have removed it first, and a token of the same chosen id may live there by now. */
  async remove({ key, entry: { accessor } }: Token): Promise<void> {
    await untilCommitted(async () => {
      const token = await this.get(key)
      if (token?.entry.accessor !== accessor) return true
      const { expireTime, parent } = token.entry
      const writes = [
        { remove: idKey(key) },
        { remove: accessorKey(this.hash(`accessor:${accessor}`)) },
        { remove: expiryKey(expireTime, key) },
        ...(parent ? [{ remove: childKey(parent, key) }] : []),
      ]
      return this.storage.commit(writes, [guardOf(token)])
    })
  }

  /** A request that outlives the sealing must not go on with no salt: what it named so would never be found again. */
  hash(text: string): string {
    if (!this.#salt.hashing) throw BarrierError.sealed()
    return this.#salt.hashing.hex(text)
  }

  clear(): void {
    this.#entries.clear()
  }
}

function reorder({ key, entry }: Token, time: number): Write[] {
  const [before, after] = [entry.expireTime > 0 ? expiryKey(entry.expireTime, key) : '', time > 0 ? expiryKey(time, key) : '']
  if (before === after) return []
  const gone: Write[] = before ? [{ remove: before }] : []
  return after ? [...gone, { put: after, value: new Uint8Array(0) }] : gone
}
