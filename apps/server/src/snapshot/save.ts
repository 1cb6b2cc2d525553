import { reservedKeys } from '@chatelaine/barrier'
import { isShared, strict, type Clock } from '@chatelaine/sdk'
import { containerOf } from './container.js'
import { SnapshotError } from './errors.js'
import type { Target } from './restore.js'

/** The container of what a storage holds, which must be a Vault: a backup of nothing is a mistake somebody finds out too late. */
export async function* vaultContainer(
  { storage, where }: Target,
  facts: { readonly type: string; readonly cluster?: string; readonly clock: Clock },
  progress?: (entries: number, of: number) => void,
): AsyncGenerator<Uint8Array> {
  const reading = isShared(storage) ? strict(storage) : storage
  if (!(await reading.get(reservedKeys.keyring))) throw SnapshotError.noVault({ where })
  const { type, cluster, clock } = facts
  yield* containerOf(() => storage.snapshot(), { created: clock.now().toISOString(), storage: type, ...(cluster && { cluster }) }, progress)
}
