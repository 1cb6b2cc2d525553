import { closeSync, constants, fsyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { StorageError } from '../errors.js'
import { readAll, reading, reasonOf } from './disk.js'

/** How far writes were acknowledged: up to byte `end` of the active segment, whose last revision is `revision`. */
export interface Acknowledged {
  readonly segment: number
  readonly end: number
  readonly revision: number
}

const HEAD = 24

/**
 * The file that tells a write cut off before it was answered from a log that was shortened afterwards.
 *
 * It is written over in place after every flush of the log and before the answer, and not flushed itself. That is
 * enough, because it is only ever read as a lower bound. After SIGKILL the kernel still has the last write, so the
 * bound is exact. After a power cut an older one may be found, which is a bound as good: the log only grows, segments
 * are numbered upwards, and whatever was true of an earlier moment stays true. A single write this small within one
 * sector is not torn.
 */
export class Head {
  readonly #fd: number

  private constructor(fd: number) {
    this.#fd = fd
  }

  static create(folder: string, acknowledged: Acknowledged): Head {
    const head = new Head(openSync(join(folder, 'head'), constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC, 0o600))
    head.write(acknowledged)
    fsyncSync(head.#fd)
    return head
  }

  static open(folder: string): { readonly head: Head; readonly acknowledged: Acknowledged } {
    const file = join(folder, 'head')
    const fd = openExisting(file)
    const acknowledged = reading(file, 0, () => decode(fd))
    if (acknowledged) return { head: new Head(fd), acknowledged }
    closeSync(fd)
    throw StorageError.damaged({ file, offset: 0, problem: 'it fails its checksum' })
  }

  /** Whether it tells of any commit. */
  static isUsed(folder: string): boolean {
    const fd = openExisting(join(folder, 'head'))
    try {
      return (decode(fd)?.revision ?? 0) > 0
    } finally {
      closeSync(fd)
    }
  }

  write({ segment, end, revision }: Acknowledged): void {
    const bytes = Buffer.alloc(HEAD)
    bytes.writeUInt32LE(segment, 0)
    bytes.writeUIntLE(end, 4, 6)
    bytes.writeUIntLE(revision, 10, 6)
    bytes.writeUInt32LE(crc32(bytes.subarray(0, HEAD - 4)), HEAD - 4)
    writeSync(this.#fd, bytes, 0, HEAD, 0)
  }

  close(): void {
    closeSync(this.#fd)
  }
}

function decode(fd: number): Acknowledged | undefined {
  const bytes = Buffer.alloc(HEAD + 1)
  if (readAll(fd, bytes, 0) !== HEAD) return undefined
  if (crc32(bytes.subarray(0, HEAD - 4)) !== bytes.readUInt32LE(HEAD - 4)) return undefined
  return { segment: bytes.readUInt32LE(0), end: bytes.readUIntLE(4, 6), revision: bytes.readUIntLE(10, 6) }
}

function openExisting(file: string): number {
  try {
    return openSync(file, constants.O_RDWR)
  } catch (error) {
    if (reasonOf(error) !== 'ENOENT') throw StorageError.unreadable({ file, offset: 0, reason: reasonOf(error) })
    throw StorageError.damaged({ file, offset: 0, problem: 'it is missing' })
  }
}
