import { setImmediate } from 'node:timers/promises'
import type { Entry, StorageSnapshot } from '@chatelaine/sdk'
import { StorageError } from '../errors.js'
import type { KeyIndex } from './key-index.js'
import type { Log } from './log.js'

/** Keys whose places are taken at once, and bytes that are read between two turns of the event loop. */
const CHUNK = 0x100
const SLICE = 0x4_0000

/**
 * What the index shows at this moment. Values are read when they are asked for: until the snapshot is closed no segment goes
 * away, so that every place it may still lead to can be read. Commits and compaction go on.
 */
export function takeSnapshot(log: Log, index: KeyIndex, revision: number): StorageSnapshot {
  const past = index.past()
  const release = log.hold()
  let closed = false

  // Never an early end: what is cut short must not be taken for the whole.
  const refuseClosed = () => {
    if (closed || log.closed) throw StorageError.closed()
  }
  const nextPlaces = () => {
    refuseClosed()
    return past.next(CHUNK)
  }

  async function* entries(): AsyncGenerator<Pick<Entry, 'key' | 'value'>> {
    let sinceBreak = 0
    for (let found = nextPlaces(); found.length > 0; found = nextPlaces()) {
      for (const { key, location } of found) {
        refuseClosed()
        yield { key, value: log.read(key, location) }
        sinceBreak += location.size
        if (sinceBreak < SLICE) continue
        sinceBreak = 0
        await setImmediate()
      }
    }
  }

  return {
    revision: BigInt(revision),
    count: index.count,
    entries: entries(),
    async close() {
      if (closed) return
      closed = true
      index.forget(past)
      release()
    },
  }
}
