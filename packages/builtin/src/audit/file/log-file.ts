import { VaultError } from '@chatelaine/sdk'
import { constants, fstatSync, lstatSync, type Stats } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { AuditFileError } from './errors.js'
import { checkPlace, type Places } from './place.js'

export interface LogFileOptions extends Places {
  readonly path: string
  /** Permission bits of a new file; 0 is 0600. Those of a file that is there are never changed. */
  readonly mode: number
}

/** A log held open, with what tells it from any other file for as long as it is. */
export interface OpenLog {
  readonly handle: FileHandle
  readonly dev: number
  readonly ino: number
  /** Whether it ended in the middle of a line when it was opened, as after a crash or a full disk. */
  readonly torn: boolean
}

/**
 * Opens a log to append to, creating it if need be.
 *
 * Whoever may enable audit devices chooses the path, so it must not become a way to run code or to harm another file: `place.ts` says
 * where it may lie; no link at the end of the path (O_NOFOLLOW) and no second name for the file, only regular files (O_NONBLOCK, so
 * that a pipe without a reader does not hang us), none that is executable; and of files that are there only those that are empty or
 * begin as an audit log does, and that are nobody else's. Nothing about such a file is changed.
 */
export async function openLog(options: LogFileOptions, enabling = false): Promise<OpenLog> {
  const { path, mode } = options
  const { O_RDWR, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants
  const flags = O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK
  try {
    await checkPlace(path, options, enabling)
    const made = await open(path, flags | O_CREAT | O_EXCL, mode || 0o600).catch((error: unknown) => {
      if (codeOf(error) === 'EEXIST') return undefined
      throw error
    })
    const handle = made ?? (await open(path, flags))
    try {
      // Whatever the umask took off: the file is ours from its first moment.
      if (made) await made.chmod(mode || 0o600)
      const found = await handle.stat()
      if (!made) await refuseForeign(handle, found)
      return { handle, dev: found.dev, ino: found.ino, torn: await endsTorn(handle, found.size) }
    } catch (error) {
      await handle.close()
      throw error
    }
  } catch (error) {
    throw translated(error)
  }
}

/** How a line of an audit log begins, ours and Vault's, behind any prefix that can be chosen. */
const beginning = /^[A-Za-z0-9 _.:@=[\]-]{0,32}\{"time":"[0-9TZ:.+-]{20,40}","type":"(?:request|response)"/

async function refuseForeign(handle: FileHandle, found: Stats): Promise<void> {
  const { mode, nlink, size, uid } = found
  if (!found.isFile() || nlink !== 1 || (mode & 0o111) !== 0) throw AuditFileError.notALog()
  if (uid !== (process.geteuid?.() ?? uid) || (mode & 0o022) !== 0) throw AuditFileError.notOurLog()
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(128), 0, 128, 0)
  if (size > 0 && !beginning.test(buffer.toString('latin1', 0, bytesRead))) throw AuditFileError.notOurLog()
}

function translated(error: unknown): unknown {
  if (error instanceof VaultError || !(error instanceof Error)) return error
  const reason = codeOf(error) ?? error.name
  if (['ELOOP', 'EISDIR', 'ENXIO'].includes(reason)) return AuditFileError.notALog(undefined, { cause: error })
  return AuditFileError.unusable({ reason }, { cause: error })
}

const codeOf = (error: unknown) =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

async function endsTorn(handle: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return false
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0] !== newline
}

const newline = 0x0a

/**
 * What became of the log at `path` while we held it open. Asked right after a write that the same file system has answered,
 * so it is not waited for on another thread: handing it over costs many times the call.
 */
export function fateOf({ handle, dev, ino }: OpenLog, path: string): 'in place' | 'moved' | 'deleted' {
  const there = statusOf(path)
  if (there?.ino === ino && there.dev === dev) return 'in place'
  return fstatSync(handle.fd).nlink === 0 ? 'deleted' : 'moved'
}

function statusOf(path: string) {
  try {
    return lstatSync(path)
  } catch {
    // Whatever keeps us from seeing our name there, it is not our file that is there.
    return undefined
  }
}

/** Anything that takes bytes at its end, maybe not all of them. */
export interface Appendable {
  write(bytes: Uint8Array, offset: number): Promise<{ readonly bytesWritten: number }>
}

/** Writes all of `bytes`: a disk that is nearly full, or a signal, may take fewer than it was given. */
export async function appendAll(file: Appendable, bytes: Uint8Array): Promise<void> {
  let offset = 0
  while (offset < bytes.length) {
    const { bytesWritten } = await file.write(bytes, offset)
    if (bytesWritten === 0) throw AuditFileError.unusable({ reason: 'nothing is taken any more' })
    offset += bytesWritten
  }
}
