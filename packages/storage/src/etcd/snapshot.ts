import { numberOf, type Members } from '@chatelaine/etcd'
import type { StorageSnapshot } from '@chatelaine/sdk'
import { StorageError } from '../errors.js'
import { after, lockKey, type Keyspace } from './keyspace.js'
import type { LargeValues } from './large.js'
import { decodeStored } from './value.js'

export interface SnapshotParts {
  readonly members: Members
  readonly space: Keyspace
  readonly large: LargeValues
}

const [smallest, largest, pageBytes] = [64, 2048, 2 << 20]
const pageMs = 10_000

/**
 * All entries as of one revision, read in pages while others write. etcd keeps that revision until it compacts: a snapshot that
 * takes longer than its `--auto-compaction-retention` fails, and says so.
 */
export async function takeSnapshot({ members, space, large }: SnapshotParts): Promise<StorageSnapshot> {
  const { from, to } = space.data
  const lock = from + lockKey
  const { header, responses } = await members.call('KV/Txn', {
    success: [{ request_range: { key: from, range_end: to, count_only: true } }, { request_range: { key: lock, count_only: true } }],
  })
  const revision = numberOf(header.revision)
  const [all, locks] = responses.map(({ response_range }) => numberOf(response_range?.count))
  let closed = false

  async function* entries() {
    let [next, limit] = [from, smallest]
    while (!closed) {
      const { kvs, more } = await members.call('KV/Range', { key: next, range_end: to, revision, limit }, { callMs: pageMs, patienceMs: 2 * pageMs })
      let bytes = 0
      for (const kv of kvs) {
        bytes += kv.value.length
        if (kv.key === lock) continue
        const key = kv.key.slice(from.length)
        const stored = decodeStored(key, kv.value)
        const value = 'value' in stored ? stored.value : await large.get(key, stored.parts, revision)
        if (!value) throw StorageError.torn({ key })
        yield { key, value }
      }
      const last = kvs.at(-1)
      if (!last || !more) return
      next = after(last.key)
      limit = bytes > pageBytes ? Math.max(1, limit >> 1) : Math.min(largest, limit * 2)
    }
    throw StorageError.closed()
  }
  return { revision: BigInt(revision), count: (all ?? 0) - (locks ?? 0), entries: entries(), close: async () => void (closed = true) }
}
