import { memoryStorage, type OpenStorage } from '@chatelaine/sdk'
import { openLogStorage } from '@chatelaine/storage'
import type { Config } from './config/config.js'
import { ServerError } from './errors.js'
import { openEtcd, readEtcdTls } from './etcd.js'
import type { Logger } from './log.js'

/** The storage that a configuration names. */
export interface ServerStorage extends OpenStorage {
  /** Reads its certificates again, where it has any. */
  reload?(): Promise<void>
}

export async function openStorage(config: Pick<Config, 'storage' | 'production'>, log: Logger): Promise<ServerStorage> {
  const { storage } = config
  if (!storage) throw ServerError.noStorage()
  if (storage.type === 'inmem') return memoryStorage()
  if (storage.type === 'embedded') return openLogStorage({ folder: storage.path, log: (line) => log.warn(line) })
  const etcd = await openEtcd(storage, config, log)
  return Object.assign(etcd, { reload: async () => etcd.renewTls(readEtcdTls(storage)) })
}
