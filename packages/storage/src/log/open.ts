import { mkdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { lockFile } from '@chatelaine/lock'
import { realDisk, syncFolder, type Disk } from './disk.js'
import { StorageError } from '../errors.js'
import { LogStorage } from './log-storage.js'
import { recover } from './recovery.js'

export interface LogOptions {
  /** Made if it is not there. It belongs to one process at a time. */
  readonly folder: string
  /** Is told in a sentence what was repaired or cleared away, and why compaction failed. */
  readonly log?: (line: string) => void
  /** How many dead bytes are worth a compaction. They must also outweigh the live ones. */
  readonly compactAbove?: number
}

const COMPACT_ABOVE = 0x100_0000

/**
 * The embedded store: one process, one folder, no service. Keys are held in memory, values on disk. For several nodes
 * use etcd.
 *
 * `disk` is there for tests, which let it fail.
 */
export async function openLogStorage(options: LogOptions, disk: Disk = realDisk): Promise<LogStorage> {
  const { log = () => {}, compactAbove = COMPACT_ABOVE } = options
  const folder = resolve(options.folder)
  makeFolder(folder)
  refuseOpen(folder)
  const unlock = lockFile(join(folder, 'lock'))
  try {
    const recovered = recover({ folder, disk, log })
    return new LogStorage({ ...recovered, unlock, tell: log, compactAbove })
  } catch (error) {
    unlock()
    throw error
  }
}

function makeFolder(folder: string): void {
  const made = mkdirSync(folder, { recursive: true, mode: 0o700 })
  // Each folder that was made is a name in the one above, from the store up to the first that was there already.
  for (let at = folder; made !== undefined && at.length >= made.length; at = dirname(at)) syncFolder(dirname(at))
}

/** Who may write to the folder can put another file in the place of any of its own. A group of its user's own is no other. */
function refuseOpen(folder: string): void {
  const { mode, uid, gid } = statSync(folder)
  const mine = process.geteuid?.() ?? uid
  const others = (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== process.getegid?.())
  if (others || (uid !== mine && mine !== 0)) throw StorageError.openFolder({ folder, mode: (mode & 0o7777).toString(8) })
}
