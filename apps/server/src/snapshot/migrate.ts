import { reservedKeys } from '@chatelaine/barrier'
import { isShared, strict, type Clock } from '@chatelaine/sdk'
import { SnapshotError } from './errors.js'
import { refuseInUse, refuseUnfit, restore, type Progress, type Restored, type Target } from './restore.js'

export interface MigrateOptions {
  readonly force: boolean
  readonly holdLeases: boolean
  readonly clock: Clock
  readonly progress: Progress
}

/**
 * Copies one storage into another, with no file in between. Neither may be in use: what a server still wrote to the source would
 * be lost.
 */
export async function migrate(source: Target, destination: Target, options: MigrateOptions): Promise<Restored> {
  await refuseInUse(source)
  const reading = isShared(source.storage) ? strict(source.storage) : source.storage
  if (!(await reading.get(reservedKeys.keyring))) throw SnapshotError.noVault({ where: source.where })
  await refuseUnfit(destination, options.force)
  const snapshot = await source.storage.snapshot()
  try {
    return await restore(destination, snapshot.entries, { ...options, expected: snapshot.count })
  } finally {
    await snapshot.close()
  }
}
