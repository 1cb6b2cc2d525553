import { VaultError } from '@chatelaine/sdk'
import { constants, fstatSync, lstatSync } from 'node:fs'
import { open, realpath, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AuditFileError } from './errors.js'

export interface LogFileOptions {
  readonly path: string
  /** Permission bits; 0 leaves those of an existing file, and gives a new one 0600. */
  readonly mode: number
  /** If given, the log must lie in or below one of these directories. */
  readonly within?: readonly string[] | undefined
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
 * Whoever may enable audit devices chooses the path, so it must not become a way to run code or to harm another file:
 * no link at the end of the path (O_NOFOLLOW) and no second name for the file, only regular files (O_NONBLOCK, so that
 * a pipe without a reader does not hang us), none that is executable. Directories on the way may be links, which is why
 * `within` is compared with the real place.
 */
export async function openLog({ path, mode, within }: LogFileOptions): Promise<OpenLog> {
  const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants
  try {
    if (within) await checkPlace(dirname(path), within)
    const handle = await open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode || 0o600)
    try {
      const found = await handle.stat()
      if (!found.isFile() || found.nlink !== 1 || (found.mode & 0o111) !== 0) throw AuditFileError.notALog()
      if (mode !== 0 && (found.mode & 0o7777) !== mode) await handle.chmod(mode)
      return { handle, dev: found.dev, ino: found.ino, torn: await endsTorn(handle, found.size) }
    } catch (error) {
      await handle.close()
      throw error
    }
  } catch (error) {
    throw translated(error)
  }
}

async function checkPlace(directory: string, within: readonly string[]): Promise<void> {
  const place = await realpath(directory)
  const allowed = await Promise.all(within.map((root) => realpath(root)))
  if (!allowed.some((root) => place === root || place.startsWith(`${root}/`))) throw AuditFileError.outside()
}

function translated(error: unknown): unknown {
  if (error instanceof VaultError || !(error instanceof Error)) return error
  const reason = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  if (['ELOOP', 'EISDIR', 'ENXIO'].includes(reason)) return AuditFileError.notALog(undefined, { cause: error })
  return AuditFileError.unusable({ reason }, { cause: error })
}

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
