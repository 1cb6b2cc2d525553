import type { Storage } from '@chatelaine/sdk'
import { expiryPrefix, timeOf } from './rows.js'

/** Rows of the order of expiry, at most `limit`, that are due by `now`, the oldest first. While none is, this is a list of one name. */
export async function dueRows(storage: Storage, now: number, limit: number): Promise<string[]> {
  const found: string[] = []
  let after = ''
  for (let times = 1; found.length < limit; times = limit) {
    const folders = await storage.list(expiryPrefix, { after, limit: times })
    for (const folder of folders) {
      if (timeOf(folder) > now || found.length >= limit) return found
      const keys = await storage.list(expiryPrefix + folder, { limit: limit - found.length })
      found.push(...keys.map((key) => folder + key))
    }
    if (folders.length < times) return found
    after = folders.at(-1) ?? ''
  }
  return found
}

/** For how many seconds the first row has been due; 0 when none is. */
export async function overdueFor(storage: Storage, now: number): Promise<number> {
  const [oldest] = await storage.list(expiryPrefix, { limit: 1 })
  return oldest === undefined ? 0 : Math.max(0, Math.floor(now) - timeOf(oldest))
}
