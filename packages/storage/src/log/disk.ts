import { closeSync, constants, fdatasync, fsyncSync, openSync, readSync, renameSync, write, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { StorageError } from '../errors.js'

/** The two calls that a failing disk answers with an error after the fact. Tests make them fail; nobody else does. */
export interface Disk {
  write(fd: number, bytes: Buffer, position: number): Promise<number>
  datasync(fd: number): Promise<void>
}

const writeAsync = promisify(write)

export const realDisk: Disk = {
  write: async (fd, bytes, position) => (await writeAsync(fd, bytes, 0, bytes.length, position)).bytesWritten,
  datasync: promisify(fdatasync),
}

/** A write may take less than it was given; the one after it then says why. */
export async function writeAll(disk: Disk, fd: number, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += await disk.write(fd, bytes.subarray(done), position + done)
  }
}

/** Fills `into` from `position`, or as much of it as the file has. */
export function readAll(fd: number, into: Buffer, position: number): number {
  let done = 0
  while (done < into.length) {
    const read = readSync(fd, into, done, into.length - done, position + done)
    if (read === 0) break
    done += read
  }
  return done
}

const nextOf = (path: string) => `${path}.next`

/** First half of replacing a small file: the new text is on disk, beside the old. Harmless when it fails. */
export function prepareFile(path: string, text: string): void {
  const fd = openSync(nextOf(path), constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o600)
  try {
    writeSync(fd, text)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Second half: whatever happens, either the old or the new text is found there, whole. */
export function swapFile(path: string): void {
  renameSync(nextOf(path), path)
  syncFolder(dirname(path))
}

/** A new or renamed file survives a power cut only when its folder was synced as well. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, constants.O_RDONLY)
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** The system's own short name for what went wrong, such as ENOSPC. */
export function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error)
}

/** Runs a read, and names the place when the disk fails it. */
export function reading<T>(file: string, offset: number, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw StorageError.unreadable({ file, offset, reason: reasonOf(error) }, { cause: error })
  }
}
