import { closeSync, constants, fstatSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Sliced } from '@chatelaine/sdk'
import { StorageError } from '../errors.js'
import { readAll, reading, reasonOf } from './disk.js'
import {
  crcInPieces,
  decodeEntryHeader,
  decodeSegmentHeader,
  encodeSegmentHeader,
  ENTRY_HEADER,
  entryIsWhole,
  SEGMENT_HEADER,
  type SegmentHeader,
} from './format.js'
import { segmentName } from './manifest.js'
import type { Location } from './slots.js'

const pieceLength = 0x8_0000

/** An open segment file. Only one segment of a store is written to, and only at its end. */
export class Segment {
  readonly number: number
  readonly file: string
  readonly fd: number
  readonly header: SegmentHeader & { readonly chain: number }
  /** Where the next frame goes, and what its checksum starts from. */
  end = SEGMENT_HEADER
  chain: number

  private constructor(file: string, fd: number, header: Buffer) {
    this.file = file
    this.fd = fd
    this.header = decodeSegmentHeader(header, file)
    this.number = this.header.segment
    this.chain = this.header.chain
  }

  /** An empty segment, on disk when this returns; its name is, once the folder was synced. */
  static create(folder: string, header: SegmentHeader): Segment {
    const file = join(folder, segmentName(header.segment))
    const fd = openSync(file, constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC, 0o600)
    try {
      const bytes = encodeSegmentHeader(header)
      writeSync(fd, bytes, 0, bytes.length, 0)
      fsyncSync(fd)
      return new Segment(file, fd, bytes)
    } catch (error) {
      closeSync(fd)
      throw StorageError.unwritable({ file, reason: reasonOf(error) }, { cause: error })
    }
  }

  static open(folder: string, number: number): Segment {
    const file = join(folder, segmentName(number))
    const damaged = (problem: string) => StorageError.damaged({ file, offset: 0, problem })
    const fd = openExisting(file)
    try {
      const header = Buffer.alloc(SEGMENT_HEADER)
      const length = reading(file, 0, () => readAll(fd, header, 0))
      const segment = new Segment(file, fd, header.subarray(0, length))
      if (segment.number !== number) throw damaged(`it says it is segment ${segment.number}`)
      return segment
    } catch (error) {
      closeSync(fd)
      throw error
    }
  }

  get size(): number {
    return fstatSync(this.fd).size
  }

  /**
   * The value at `location`, as it was put under `key`. Everything is checked on every read, because the disk may have
   * changed since the store was opened: an entry that is not what was written there is an error, never an absence.
   */
  read(key: string, location: Location, scratch: Buffer): Uint8Array {
    const { at, size } = location
    const bytes = size <= scratch.length ? scratch.subarray(0, size) : Buffer.allocUnsafeSlow(size)
    const length = reading(this.file, at, () => readAll(this.fd, bytes, at))
    if (length !== size) throw this.#damaged(at, 'an entry is cut short')
    if (!entryIsWhole(bytes)) throw this.#damaged(at, 'an entry fails its checksum')
    return Uint8Array.prototype.slice.call(bytes, this.#valueAt(key, location, bytes))
  }

  /** `read` for a large value: as many checks, and no copy. */
  *readInPieces(key: string, location: Location): Sliced<Uint8Array> {
    const { at, size } = location
    const bytes = Buffer.allocUnsafeSlow(size)
    for (let done = 0; done < size; done += pieceLength) {
      const piece = bytes.subarray(done, done + pieceLength)
      const length = reading(this.file, at + done, () => readAll(this.fd, piece, at + done))
      if (length !== piece.length) throw this.#damaged(at, 'an entry is cut short')
      yield
    }
    const crc = yield* crcInPieces(bytes.subarray(4))
    const { size: said, crc: written } = decodeEntryHeader(bytes, 0)
    if (said !== size || crc !== written) throw this.#damaged(at, 'an entry fails its checksum')
    return new Uint8Array(bytes.buffer, bytes.byteOffset + this.#valueAt(key, location, bytes), size - this.#valueAt(key, location, bytes))
  }

  /** Where the value begins, once it is certain that this is the entry that was meant. */
  #valueAt(key: string, { at, revision }: Location, bytes: Buffer): number {
    const header = decodeEntryHeader(bytes, 0)
    const value = ENTRY_HEADER + header.keyLength
    const expected = header.revision === revision && bytes.toString('utf8', ENTRY_HEADER, value) === key
    if (!expected || header.removed) throw this.#damaged(at, 'it holds another entry')
    return value
  }

  #damaged(offset: number, problem: string) {
    return StorageError.damaged({ file: this.file, offset, problem })
  }

  close(): void {
    closeSync(this.fd)
  }
}

function openExisting(file: string): number {
  try {
    return openSync(file, constants.O_RDWR)
  } catch (error) {
    if (reasonOf(error) !== 'ENOENT') throw StorageError.unreadable({ file, offset: 0, reason: reasonOf(error) })
    throw StorageError.damaged({ file, offset: 0, problem: 'it is missing' })
  }
}
