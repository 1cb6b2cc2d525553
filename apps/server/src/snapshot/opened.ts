import { existsSync } from 'node:fs'
import type { Config, StorageConfig } from '../config/config.js'
import { ServerError } from '../errors.js'
import { openLog } from '../log.js'
import { openStorage } from '../open-storage.js'
import { SnapshotError } from './errors.js'
import type { Target } from './restore.js'

/** For people. */
export const whereOf = (storage: StorageConfig): string =>
  storage.type === 'embedded' ? storage.path : storage.type === 'etcd' ? `etcd (${storage.endpoints.join(', ')}, path "${storage.path}")` : 'memory'

/** Opens the storage of a configuration for one piece of work that no server does. `holding`: it must be there already. */
export async function withStorage<T>(
  config: Pick<Config, 'storage' | 'production'>,
  use: (target: Target) => Promise<T>,
  { holding = false }: { readonly holding?: boolean } = {},
): Promise<T> {
  const { storage } = config
  if (!storage) throw ServerError.noStorage()
  if (storage.type === 'inmem') throw SnapshotError.forgetful()
  const where = whereOf(storage)
  if (holding && storage.type === 'embedded' && !existsSync(storage.path)) throw SnapshotError.noVault({ where })
  const opened = await openStorage(config, openLog({ logLevel: 'warn', logFile: undefined }))
  try {
    return await use({ storage: opened, where })
  } finally {
    await opened.close()
  }
}
