import type { Compare, RequestOp, TxnRequest } from '@chatelaine/etcd'
import type { Guard, Write } from '@chatelaine/sdk'
import { StorageError } from '../errors.js'
import { checkedKey } from '../keys.js'
import { ownerKey, type Keyspace } from './keyspace.js'
import { encodeParts, encodeValue } from './value.js'

/** etcd's own limits on one request, as it is delivered: 128 operations, counted level by level, and 1.5 MiB. */
export const mostOperations = 128
/** What a batch may grow to: a request's overhead still fits. */
export const batchBytes = 1 << 20
const largestKey = 8192

/** Values that were put away in parts already, by key. */
export type Parted = ReadonlyMap<string, Parameters<typeof encodeParts>[0]>

/** A commit as etcd will get it. It shares no bytes with what the caller passed. */
export interface Prepared {
  /** The last write of each key, by its storage key; undefined removes. */
  readonly values: ReadonlyMap<string, Uint8Array | undefined>
  readonly guards: readonly Guard[]
  /** The guarded transaction, to be nested in a lane's. */
  readonly txn: TxnRequest
  /** The etcd key that shows whether this was applied: it is put, so it then has the revision of the transaction. */
  readonly witness: string | undefined
  readonly operations: number
  /** What it takes of a request, counted as the bytes that are sent. */
  readonly bytes: number
}

export function prepare(writes: readonly Write[], guards: readonly Guard[], space: Keyspace, parted: Parted = new Map()): Prepared {
  const values = new Map<string, Uint8Array | undefined>()
  let bytes = 0
  for (const write of writes) {
    const key = checkedKey('remove' in write ? write.remove : write.put, largestKey)
    // The last write of a key counts, and stands where that one stood.
    values.delete(key)
    values.set(key, 'remove' in write ? undefined : encoded(key, write.value, parted))
  }
  const success: RequestOp[] = []
  let witness: string | undefined
  for (const [key, value] of values) {
    const at = space.data.from + key
    bytes += Buffer.byteLength(at) + (value?.length ?? 0) + 24
    if (value) witness ??= at
    success.push(value ? { request_put: { key: at, value } } : { request_delete_range: { key: at } })
  }
  const compare: Compare[] = guards.map(({ key, revision }) => ({ target: 2 as const, key: space.data.from + key, mod_revision: Number(revision) }))
  for (const { key } of compare) bytes += Buffer.byteLength(key) + 24
  // What was put away in parts may have been swept away again, by who thinks this process gone; see large.ts.
  for (const { id } of parted.values()) compare.push({ result: 3, target: 2, key: ownerKey(space, id), mod_revision: 0 })
  // Room for the lane's marker, this transaction itself, and a witness.
  const operations = Math.max(success.length + 1, compare.length, 1)
  const limit = mostOperations - 2
  if (operations > limit) throw StorageError.tooMany({ writes: Math.max(success.length, compare.length), limit: limit - 1 })
  return { values, guards, txn: { compare, success }, witness, operations, bytes }
}

function encoded(key: string, value: Uint8Array, parted: Parted): Uint8Array {
  const parts = parted.get(key)
  return parts ? encodeParts(parts) : encodeValue(value)
}
