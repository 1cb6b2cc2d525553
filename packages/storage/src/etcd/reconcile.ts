import { numberOf, type Members } from '@chatelaine/etcd'
import type { Cache } from './cache.js'
import type { Keyspace } from './keyspace.js'

export interface Reconciling {
  readonly members: Members
  readonly space: Keyspace
  readonly cache: Cache
  readonly catchUp: () => Promise<void>
  readonly most: number
}

const chunk = 100

/**
 * Compares a part of what memory holds with etcd itself, and mends it; says how many keys differed. None ever should: the watch has
 * brought every change up to a revision that is newer than the comparison. But watches have had gaps (etcd #15271, #17529).
 */
export async function reconcile({ members, space, cache, catchUp, most }: Reconciling): Promise<string[]> {
  const differing: string[] = []
  const sample = [...cache.sample(most)].map(([key]) => key)
  for (let i = 0; i < sample.length; i += chunk) {
    const keys = sample.slice(i, i + chunk)
    const { header, responses } = await members.call('KV/Txn', {
      success: keys.map((key) => ({ request_range: { key: space.data.from + key, keys_only: true } })),
    })
    const at = numberOf(header.revision)
    await catchUp()
    keys.forEach((key, n) => {
      const kv = responses[n]?.response_range?.kvs[0]
      const known = cache.peek(key)
      // What was learned later than the comparison is newer than it.
      if (!known || known.at >= at || Number(known.entry?.revision ?? 0n) === (kv ? numberOf(kv.mod_revision) : 0)) return
      differing.push(key)
      cache.forget(key, at)
    })
  }
  return differing
}
