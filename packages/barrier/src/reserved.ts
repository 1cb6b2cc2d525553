import type { Page, Storage } from '@chatelaine/sdk'
import { BarrierError } from './errors.js'

/** Where the barrier and its seals keep what they need themselves (docs/format.md). */
export const founding = {
  keyring: 'core/keyring',
  storedKey: 'core/stored-key',
  sealConfig: 'core/seal-config',
  counts: 'core/barrier-counts',
} as const

/**
 * All that lies in storage as it is, and is read and written below the barrier. The last two are no secret and must be read by
 * whoever has no key: who can write them by another way could as well remove the keyring.
 */
export const reserved = {
  ...founding,
  /** Every node that was unsealed before this was written seals itself. */
  sealOrder: 'core/seal-order',
  /** While it is there, nothing that is due is revoked. */
  leasesHeld: 'core/leases-held',
} as const

const keys: readonly string[] = Object.values(reserved)

/** Nothing above the barrier may read, write or guard these: one stray write would lock everybody out for ever. */
export function refuseReserved(key: string): void {
  if (keys.includes(key)) throw BarrierError.reserved({ key })
}

/** `storage.list` without what `refuseReserved` refuses, nor folders that hold nothing else. */
export async function listUnreserved(storage: Storage, prefix: string, page?: Page): Promise<string[]> {
  const children = keys.filter((key) => key.startsWith(prefix)).map((key) => childOf(key.slice(prefix.length)))
  if (children.length === 0) return storage.list(prefix, page)

  // At most `children` names go, so asking for that many more leaves a page as full as it can be.
  const limit = page?.limit === undefined ? undefined : page.limit + children.length
  const names = await storage.list(prefix, { ...page, limit })
  const hidden = await Promise.all(
    names.map(async (name) => children.includes(name) && (await isHidden(storage, prefix, name))),
  )
  return names.filter((_, i) => !hidden[i]).slice(0, page?.limit)
}

async function isHidden(storage: Storage, prefix: string, name: string): Promise<boolean> {
  if (!name.endsWith('/')) return true
  return (await listUnreserved(storage, prefix + name, { limit: 1 })).length === 0
}

function childOf(rest: string): string {
  const slash = rest.indexOf('/')
  return slash < 0 ? rest : rest.slice(0, slash + 1)
}
