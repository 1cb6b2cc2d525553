import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { ClusterError } from './errors.js'

/** Only for its owner: keys are in it, or beside it. */
export function makePrivateFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw ClusterError.unwritable({ path, reason: codeOf(cause) }, { cause })
  }
}

/** The file is there whole or not at all, and nobody else may read it at any moment. */
export function writeWhole(path: string, text: string): void {
  makePrivateFolder(dirname(path))
  const unfinished = `${path}.${randomBytes(6).toString('hex')}`
  try {
    const fd = openSync(unfinished, 'wx', 0o600)
    try {
      writeSync(fd, text)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(unfinished, path)
  } catch (cause) {
    throw ClusterError.unwritable({ path, reason: codeOf(cause) }, { cause })
  }
}

/** Undefined when there is no such file. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined
    throw ClusterError.unreadable({ path, reason: codeOf(cause) }, { cause })
  }
}

export function readThere(path: string): string {
  const text = readIfThere(path)
  if (text === undefined) throw ClusterError.unreadable({ path, reason: 'ENOENT' })
  return text
}

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
