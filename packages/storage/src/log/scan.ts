import { StorageError } from '../errors.js'
import { crc32 } from 'node:zlib'
import { readAll, reading } from './disk.js'
import { decodeEntryHeader, decodeFrameHeader, ENTRY_HEADER, entryIsWhole, FRAME_HEADER, LARGEST_COMMIT, SEGMENT_HEADER } from './format.js'
import type { Segment } from './segment.js'

const WINDOW = 0x10_0000
/** What a disk writes as a whole. */
const SECTOR = 512
/** One write holds a commit of any size, or several that are no larger together than a mebibyte. */
const LARGEST_WRITE = LARGEST_COMMIT + 0x10_0000

/** The body of one frame, valid until the next is asked for, and where in the file it starts. */
export interface Frame {
  readonly at: number
  readonly body: Buffer
}

/** Where the frames end that are as they were written. */
export interface Stop {
  readonly end: number
  readonly chain: number
  /** What is wrong with the bytes after `end`, if there are any. */
  readonly problem?: string
  /** They look like a last write that did not finish. */
  readonly torn?: boolean
}

/** Reads the frames of a segment in order, up to byte `size`. */
export function* frames(segment: Segment, size: number): Generator<Frame, Stop> {
  const window = new Window(segment, size)
  let [end, chain] = [SEGMENT_HEADER, segment.header.chain]
  while (end < size) {
    if (size - end < FRAME_HEADER) return { end, chain, problem: 'a frame is cut short', torn: true }
    const header = decodeFrameHeader(window.take(end, FRAME_HEADER), chain)
    // A file may have grown before the bytes of its last write were there: they read as zeros.
    if (!header) return { end, chain, problem: 'a frame header fails its checksum', torn: window.isZero(end) || window.isUnfinished(end) }
    const next = end + FRAME_HEADER + header.length
    if (next > size) return { end, chain, problem: 'a frame is cut short', torn: true }
    const body = window.take(end + FRAME_HEADER, header.length)
    // A frame is written only after the one before it was flushed, so with anything behind it this one was whole.
    if (crc32(body) !== header.bodyCrc) return { end, chain, problem: 'a frame fails its checksum', torn: next === size }
    yield { at: end + FRAME_HEADER, body }
    end = next
    chain = header.chain
  }
  return { end, chain }
}

export interface FoundEntry {
  readonly key: string
  /** Of the entry in the file, and in the frame's body. */
  readonly at: number
  readonly offset: number
  readonly size: number
  readonly revision: number
  readonly removed: boolean
}

/** Calls `visit` for each entry of a frame, whose checksum has been found right. */
export function eachEntry(segment: Segment, { at, body }: Frame, visit: (entry: FoundEntry) => void): void {
  for (let offset = 0; offset < body.length; ) {
    const damaged = () => StorageError.damaged({ file: segment.file, offset: at + offset, problem: 'it holds no entry' })
    if (offset + ENTRY_HEADER > body.length) throw damaged()
    const { keyLength, size, revision, removed } = decodeEntryHeader(body, offset)
    if (offset + size > body.length) throw damaged()
    const key = body.toString('utf8', offset + ENTRY_HEADER, offset + ENTRY_HEADER + keyLength)
    visit({ key, at: at + offset, offset, size, revision, removed })
    offset += size
  }
}

/** Whether a whole frame begins anywhere in `bytes`, whatever it follows. */
function holdsFrame(bytes: Buffer): boolean {
  for (let at = 1; at + FRAME_HEADER + ENTRY_HEADER <= bytes.length; at++) {
    const [length, body] = [bytes.readUInt32LE(at), at + FRAME_HEADER]
    if (length < ENTRY_HEADER || length > bytes.length - body) continue
    const { size } = decodeEntryHeader(bytes, body)
    if (size <= length && entryIsWhole(bytes.subarray(body, body + size)) && crc32(bytes.subarray(body, body + length)) === bytes.readUInt32LE(at + 4)) return true
  }
  return false
}

/** Reads a file from front to back through one buffer, which grows to the largest frame. */
class Window {
  readonly #segment: Segment
  readonly #size: number
  #bytes = Buffer.allocUnsafeSlow(WINDOW)
  #from = 0
  #until = 0

  constructor(segment: Segment, size: number) {
    this.#segment = segment
    this.#size = size
  }

  take(at: number, length: number): Buffer {
    if (at < this.#from || at + length > this.#until) this.#fill(at, length)
    return this.#bytes.subarray(at - this.#from, at - this.#from + length)
  }

  /** Whether nothing but zeros follows. */
  isZero(at: number): boolean {
    for (let from = at; from < this.#size; from += WINDOW) {
      if (this.take(from, Math.min(WINDOW, this.#size - from)).some((byte) => byte !== 0)) return false
    }
    return true
  }

  /**
   * Whether the frame at `at` is one whose sectors reached the disk in part: not the one with its header, and behind it nothing whole. A
   * write that was answered is on the disk with all of its sectors, and what is written after one that was answered would be whole.
   */
  isUnfinished(at: number): boolean {
    const length = this.#size - at
    if (length > LARGEST_WRITE) return false
    const rest = this.take(at, length)
    const boundary = Math.min((Math.floor(at / SECTOR) + 1) * SECTOR - at, length)
    const isZero = (from: number, to: number) => rest.subarray(from, to).every((byte) => byte === 0)
    // A header may lie across two sectors, of which either may be the one that is missing.
    const missing = isZero(0, boundary) || (boundary < FRAME_HEADER && isZero(boundary, Math.min(boundary + SECTOR, length)))
    return missing && !holdsFrame(rest)
  }

  #fill(at: number, length: number): void {
    if (length > this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(length)
    const { file, fd } = this.#segment
    const read = reading(file, at, () => readAll(fd, this.#bytes, at))
    if (read < length) throw StorageError.damaged({ file, offset: at + read, problem: 'it became shorter while read' })
    this.#from = at
    this.#until = at + read
  }
}
