import { spawnSync } from 'node:child_process'
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { LockError } from './errors.js'

/** From fcntl.h of the BSDs and macOS: open() takes the flock(2) itself. Node names no constant for it. */
const O_EXLOCK = 0x20

/**
 * Takes the file at `path` for this process, creating it if need be, and returns what gives it back.
 *
 * A flock(2) lock belongs to the open file, not to the process that asked: the flock program locks the descriptor it
 * inherits, exits, and the lock stays with ours. The kernel drops it when we die, however we die, so there is no stale
 * lock to judge; and a second opening in this same process is another open file, and refused too.
 */
export function lockFile(path: string): () => void {
  const fd = process.platform === 'darwin' ? openLocked(path) : openThenLock(path)
  // Whoever can put a link, or a second name, where the lock is expected shall not choose which file is emptied here.
  const { nlink } = fstatSync(fd)
  if (nlink > 1) {
    closeSync(fd)
    throw LockError.notAFile({ path })
  }
  ftruncateSync(fd)
  writeSync(fd, `${process.pid}\n`, 0)
  return () => closeSync(fd)
}

function openThenLock(path: string): number {
  const fd = openOwn(path, 0)
  const { status, error } = spawnSync('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] })
  if (status === 0) return fd
  closeSync(fd)
  if (status === 1) throw held(path)
  const reason = error ? `cannot run the flock program (${reasonOf(error)})` : `the flock program failed (${status})`
  throw LockError.cannotLock({ path, reason })
}

function openLocked(path: string): number {
  try {
    return openOwn(path, constants.O_NONBLOCK | O_EXLOCK)
  } catch (error) {
    if (LockError.notAFile.is(error)) throw error
    const reason = reasonOf(error)
    throw reason === 'EAGAIN' ? held(path) : LockError.cannotLock({ path, reason })
  }
}

function openOwn(path: string, more: number): number {
  try {
    return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | more, 0o600)
  } catch (error) {
    if (['ELOOP', 'EMLINK'].includes(reasonOf(error))) throw LockError.notAFile({ path })
    throw error
  }
}

function held(path: string) {
  const pid = Number.parseInt(readFileSync(path, 'utf8'), 10)
  return LockError.held({ path, pid: Number.isInteger(pid) ? pid : undefined })
}

const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
