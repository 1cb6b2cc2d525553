import { closeSync, constants, fstatSync, ftruncateSync, lstatSync, openSync, readFileSync, writeSync } from 'node:fs'
import { reasonOf } from './config/files.js'
import { ServerError } from './errors.js'

interface Named {
  /** What it is, for the error. */
  readonly what: string
  readonly file: string
}

/**
 * Opens a file that this server alone writes to, for appending, making it if need be. A link, or a second name for a file, would let
 * whoever made it choose what is written to, so neither is followed. What is there may be asked to be `fit`.
 */
export function openOwn({ what, file }: Named, mode: number, fit: (text: string) => boolean = () => true): number {
  const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants
  const refuse = (problem: string) => ServerError.notOwnFile({ what, file, problem })
  let fd: number
  try {
    fd = openSync(file, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode)
  } catch (cause) {
    if (isLink(file)) throw refuse('is a link')
    throw ServerError.unwritable({ what, file, reason: reasonOf(cause) }, { cause })
  }
  const found = fstatSync(fd)
  const problem = !found.isFile() && !found.isCharacterDevice() ? 'is no regular file' : found.nlink > 1 ? 'has a second name' : undefined
  if (problem === undefined && fit(found.size > 0 && found.size < 64 ? readFileSync(file, 'utf8') : found.size === 0 ? '' : '\0')) return fd
  closeSync(fd)
  throw refuse(problem ?? 'holds something else')
}

/** Replaces the text of such a file. */
export function writeOwn(named: Named, text: string, fit: (text: string) => boolean): void {
  const fd = openOwn(named, 0o644, fit)
  try {
    ftruncateSync(fd)
    writeSync(fd, text)
  } catch (cause) {
    throw ServerError.unwritable({ ...named, reason: reasonOf(cause) }, { cause })
  } finally {
    closeSync(fd)
  }
}

function isLink(file: string): boolean {
  try {
    return lstatSync(file).isSymbolicLink()
  } catch {
    return false
  }
}
