import { randomBytes } from 'node:crypto'
import { numberOf, type Compare, type Members } from '@chatelaine/etcd'
import type { Write } from '@chatelaine/sdk'
import { StorageError } from '../errors.js'
import { batchBytes } from './commit.js'
import { ownerKey, rangeOf, type Keyspace } from './keyspace.js'
import { decodeStored, type Parts } from './value.js'

/** A piece of a value: a request holds one, with room to spare. */
const partBytes = 768 << 10
const hedgeMs = 1000

/** Values that together are no larger travel with their commit. */
export const inlineBytes = batchBytes / 2

export const bytesOf = (writes: readonly Write[]): number => writes.reduce((sum, write) => sum + ('put' in write ? write.value.length : 0), 0)

const partKey = (n: number) => String(n).padStart(6, '0')

/**
 * Values that are too large to travel with their commit. Their pieces are put first, each by itself, under an id that nothing else
 * ever uses; the commit then puts where they are. So a reader finds the old value or the new one and never half, and a process
 * that dies between the two leaves pieces that nobody refers to, which the caretaker's storage sweeps away.
 */
export class LargeValues {
  readonly #members: Members
  readonly #space: Keyspace

  constructor(members: Members, space: Keyspace) {
    this.#members = members
    this.#space = space
  }

  /** Puts away what does not fit into one request, the largest first; says by key where its pieces are. */
  async put(writes: readonly Write[]): Promise<ReadonlyMap<string, Parts>> {
    const puts = writes.filter((write): write is Extract<Write, { put: string }> => 'put' in write)
    let bytes = bytesOf(writes)
    const parted = new Map<string, Parts>()
    for (const { put: key, value } of puts.toSorted((a, b) => b.value.length - a.value.length)) {
      if (bytes <= inlineBytes) break
      parted.set(key, await this.#putOne(key, value))
      bytes -= value.length
    }
    return parted
  }

  /** The value (as of `revision`, if given), or undefined when its pieces are gone: it was replaced, so its key must be read again. */
  async get(key: string, { id, count, bytes }: Parts, revision?: number): Promise<Uint8Array | undefined> {
    const value = new Uint8Array(bytes)
    const from = `${this.#space.parts.from}${id}/`
    let at = 0
    for (let n = 0; n < count; n++) {
      const { kvs } = await this.#members.call('KV/Range', { key: from + partKey(n), ...(revision !== undefined && { revision }) }, { hedgeMs })
      const piece = kvs[0]?.value
      if (!piece) return undefined
      if (at + piece.length > bytes) throw StorageError.torn({ key })
      value.set(piece, at)
      at += piece.length
    }
    if (at !== bytes) throw StorageError.torn({ key })
    return value
  }

  async #putOne(key: string, value: Uint8Array): Promise<Parts> {
    const parts = { id: randomBytes(16).toString('hex'), count: Math.ceil(value.length / partBytes), bytes: value.length }
    const from = `${this.#space.parts.from}${parts.id}/`
    await this.#members.call('KV/Put', { key: ownerKey(this.#space, parts.id), value: Buffer.from(JSON.stringify({ key, at: Date.now() })) })
    for (let n = 0; n < parts.count; n++) {
      const piece = value.subarray(n * partBytes, (n + 1) * partBytes)
      await this.#members.call('KV/Put', { key: from + partKey(n), value: piece })
    }
    return parts
  }

  /**
   * Removes pieces that no entry refers to. Those put less than `graceMs` ago, by the clock of who put them, probably belong to a commit
   * that is still under way. Clocks may differ and processes may sleep, so a commit also asks that the owner of its pieces still
   * stands, and they are removed only while the entry is as it was when it did not refer to them.
   */
  async sweep(graceMs: number): Promise<number> {
    const { from: first, to } = this.#space.parts
    let removed = 0
    for (let from = first; ; ) {
      const { kvs } = await this.#members.call('KV/Range', { key: from, range_end: to, limit: 1, keys_only: true })
      const found = kvs[0]
      if (!found) return removed
      const id = found.key.slice(first.length).split('/')[0] ?? ''
      // One folder follows the other: "0" comes after "/".
      from = `${first}${id}0`
      if (await this.#sweepOne(id, graceMs)) removed += 1
    }
  }

  async #sweepOne(id: string, graceMs: number): Promise<boolean> {
    const key = ownerKey(this.#space, id)
    const [mark] = (await this.#members.call('KV/Range', { key })).kvs
    const owner = ownerOf(mark?.value)
    if (owner && Date.now() - owner.at < graceMs) return false
    const compare: Compare[] = [{ target: 2, key, mod_revision: mark ? numberOf(mark.mod_revision) : 0 }]
    if (owner) {
      const [entry] = (await this.#members.call('KV/Range', { key: this.#space.data.from + owner.key })).kvs
      const stored = entry && decodeStored(owner.key, entry.value)
      if (stored && 'parts' in stored && stored.parts.id === id) return false
      compare.push({ target: 2, key: this.#space.data.from + owner.key, mod_revision: entry ? numberOf(entry.mod_revision) : 0 })
    }
    const folder = rangeOf(`${this.#space.parts.from}${id}/`)
    const { succeeded } = await this.#members.call('KV/Txn', { compare, success: [{ request_delete_range: { key: folder.from, range_end: folder.to } }] })
    return succeeded
  }
}

function ownerOf(value: Uint8Array | undefined): { readonly key: string; readonly at: number } | undefined {
  if (!value) return undefined
  try {
    return JSON.parse(Buffer.from(value).toString()) as { key: string; at: number }
  } catch {
    return undefined
  }
}
