import { BarrierError } from '@chatelaine/barrier'
import { untilCommitted, VaultError } from '@chatelaine/sdk'
import { CoreError, TokenError } from '../errors.js'
import type { Token } from './entry.js'
import type { TokenRecords } from './records.js'
import { childKey, idKey } from './rows.js'

export interface Revoking {
  readonly records: TokenRecords
  /** Unix seconds. */
  now(): number
  /** Makes what a list has just named known to `get`, where other nodes write too. */
  catchUp(): Promise<void>
  /** Removes what else was kept for a token. */
  forget(key: string): Promise<void>
}

/** Failures that are met one by one while everything else goes on. */
export class Failures {
  readonly #met: unknown[] = []

  /** Keeps what one record has failed with. What would fail for every other record as well is thrown. */
  add(error: unknown): void {
    const general = CoreError.notCaretaker.is(error) || BarrierError.sealed.is(error) || (error instanceof VaultError && error.status === 503)
    if (general) throw error
    this.#met.push(error)
  }

  /** Runs `work`; false when it failed. */
  async none(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work()
      return true
    } catch (error) {
      this.add(error)
      return false
    }
  }

  /** Throws if there was any. */
  raise(): void {
    const [first] = this.#met
    if (this.#met.length > 0) throw TokenError.notAllRevoked({ count: this.#met.length }, { cause: first })
  }
}

type Doomed = (token: Token) => boolean | Promise<boolean>

/**
 * Revokes a token and all that descend from it. It is first marked as spent, in a commit that any maker of a child would lose
 * against, and listed as due at once: if this process dies half-way, the next sweep goes on. One record that cannot be read or
 * written keeps no other alive: the rest is ended, the marked ancestors stay until nothing is left below them, and what failed is
 * thrown at the end.
 */
export async function revoke(revoking: Revoking, key: string, doomed: Doomed = () => true): Promise<void> {
  const failures = new Failures()
  await end({ ...revoking, failures }, key, doomed)
  failures.raise()
}

type Ending = Revoking & { readonly failures: Failures }

/** Whether nothing is left of it. */
async function end(ending: Ending, key: string, doomed: Doomed): Promise<boolean> {
  const { records, failures, forget } = ending
  let marked: Token | undefined
  const read = await failures.none(async () => (marked = await mark(ending, key, doomed)))
  if (read && !marked) return true
  const empty = await endChildren(ending, key)
  const token = marked
  if (!token || !empty) return false
  return failures.none(async () => {
    await forget(key)
    await records.remove(token)
  })
}

async function endChildren(ending: Ending, key: string): Promise<boolean> {
  const { records, catchUp } = ending
  const children = await records.children(key)
  if (children.length === 0) return true
  // Some may be newer than what this node has seen: no more can be made, now that their maker is marked.
  await catchUp()
  let all = true
  for (const child of children) all = (await end(ending, child, () => true)) && all
  // Rows whose tokens were gone before: nobody else would ever remove them.
  for (const child of await records.children(key)) {
    await records.storage.commit([{ remove: childKey(key, child) }], [{ key: idKey(child), revision: 0n }])
  }
  return all
}

/** Undefined when there is nothing to revoke, or when it is `doomed` no more. */
function mark({ records, now }: Ending, key: string, doomed: Doomed): Promise<Token | undefined> {
  return untilCommitted(async () => {
    const token = await records.get(key)
    if (!token || !(await doomed(token))) return undefined
    const { numUses, expireTime } = token.entry
    if (numUses < 0 && expireTime > 0 && expireTime <= now()) return token
    return records.change(token, { ...token.entry, numUses: -1, expireTime: Math.min(expireTime || Infinity, now()) })
  })
}
