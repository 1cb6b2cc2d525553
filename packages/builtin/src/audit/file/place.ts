import { lstat, mkdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { AuditFileError } from './errors.js'

/** Where logs may lie. */
export interface Places {
  /** If given, logs may only lie in or below these folders, which the operator answers for. */
  readonly within?: readonly string[] | undefined
  /** What the server uses for something else: nothing may be written to it. */
  readonly never?: readonly Taken[] | undefined
}

/** A file, a folder with all that is below it, or those files in a folder that are read by their names. */
export type Taken = string | { readonly folder: string; readonly names: RegExp }

/** Folders whose files mean something to the operating system by lying there. */
const system = [
  '/bin', '/boot', '/dev', '/etc', '/lib', '/lib32', '/lib64', '/proc', '/sbin', '/sys', '/usr', '/var/spool', '/System', '/Library', '/private/etc',
]

const below = (place: string, folder: string) => place === folder || place.startsWith(folder === '/' ? '/' : `${folder}${sep}`)

/**
 * Refuses places that whoever may enable audit devices must not choose. `enabling` asks also what is the operator's to change later: a
 * log that was accepted once goes on where it is, though its folder was given to somebody else. What the server needs for something
 * else is never written to. A folder that is missing is made when the device is enabled, for the server's user alone.
 */
export async function checkPlace(path: string, { within, never = [] }: Places, enabling: boolean): Promise<void> {
  const { folder, missing } = await nearest(dirname(path))
  const place = join(folder, ...missing)
  await refuseOurs(join(place, basename(path)), never)
  if (within) {
    const allowed = await Promise.all(within.map(realOf))
    if (!allowed.some((root) => below(place, root))) throw AuditFileError.outside()
  } else if (enabling) {
    refuseNames(path, join(place, basename(path)))
    await refuseOpenFolder(folder)
  }
  if (enabling && missing.length > 0) await mkdir(place, { recursive: true, mode: 0o700 })
}

/** The part of a path that is there, without links, and the names that are not. */
async function nearest(path: string): Promise<{ readonly folder: string; readonly missing: readonly string[] }> {
  try {
    return { folder: await realpath(path), missing: [] }
  } catch (error) {
    // A link that leads nowhere is there, and would decide where a folder is made.
    const dangling = await lstat(path).then(() => true, () => false)
    if (dangling || path === dirname(path) || !isMissing(error)) throw error
    const { folder, missing } = await nearest(dirname(path))
    return { folder, missing: [...missing, basename(path)] }
  }
}

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT'

async function realOf(path: string): Promise<string> {
  const { folder, missing } = await nearest(path)
  return join(folder, ...missing)
}

async function refuseOurs(file: string, never: readonly Taken[]): Promise<void> {
  const found = await stat(file).catch(() => undefined)
  for (const taken of never) {
    const one = typeof taken === 'string' ? taken : taken.folder
    const real = await realOf(one).catch(() => one)
    if (typeof taken !== 'string') {
      if (dirname(file) === real && taken.names.test(basename(file))) throw AuditFileError.ours()
      continue
    }
    // By another name too: a hard link, or the other case on a disk that knows none.
    const same = found && (await stat(one).then(({ dev, ino }) => dev === found.dev && ino === found.ino, () => false))
    if (same || below(file, real) || file.toLowerCase() === real.toLowerCase()) throw AuditFileError.ours()
  }
}

function refuseNames(...spellings: readonly string[]): void {
  for (const path of spellings) {
    if (path.split(sep).some((name) => name.startsWith('.'))) throw AuditFileError.hidden()
    if (system.some((folder) => below(path, folder))) throw AuditFileError.systemFolder()
  }
}

/** A group of the server's own is nobody else; where all may write, as in /tmp, nobody can take another's file away. */
async function refuseOpenFolder(folder: string): Promise<void> {
  const { uid, gid, mode } = await stat(folder)
  const mine = process.geteuid?.() ?? uid
  const others = (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== process.getegid?.())
  if ((uid !== mine && uid !== 0) || (others && (mode & 0o1000) === 0)) throw AuditFileError.openFolder()
}
