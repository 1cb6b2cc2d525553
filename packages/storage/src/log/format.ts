import { crc32 } from 'node:zlib'
import type { Sliced } from '@chatelaine/sdk'
import { StorageError } from '../errors.js'

/*
 * The bytes of a segment; docs/format.md has the table and a worked example. Numbers are little-endian.
 *
 *   segment   header, then frames
 *   frame     what one write to the disk carries: one or more whole commits, which are there together or not at all
 *   entry     one put or remove. It carries its own checksum, so that one value can be read and judged alone, and its
 *             revision, so that compaction copies it as it stands
 *
 * Frames are chained: the checksum in a frame's header starts from that of the frame before, the first from the
 * segment's header. A frame that was moved, repeated, dropped or swapped for one of another segment breaks the chain.
 */
const MAGIC = Buffer.from('chatelog')
const FORMAT = 1
export const SEGMENT_HEADER = 32
export const FRAME_HEADER = 12
export const ENTRY_HEADER = 16
export const LARGEST_KEY = 0xffff
/** What one commit may weigh, well under the 4 GiB that a frame's length field can say. */
export const LARGEST_COMMIT = 0x1000_0000
/** Entries and frames of more bytes are checked and copied in pieces, so that others need not wait for it. */
export const LARGE = 0x10_0000
/** Stands in an entry's value length for "removed". */
const REMOVED = 0xffff_ffff

export interface SegmentHeader {
  readonly segment: number
  /** Revisions in this segment are above it. It outlives the entries that bore it, so that no revision is given twice. */
  readonly above: number
}

export interface FrameHeader {
  readonly length: number
  readonly bodyCrc: number
  readonly chain: number
}

export interface EntryHeader {
  readonly crc: number
  readonly removed: boolean
  readonly keyLength: number
  /** Of the whole entry. */
  readonly size: number
  readonly revision: number
}

export function encodeSegmentHeader({ segment, above }: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER)
  MAGIC.copy(bytes)
  bytes.writeUInt32LE(FORMAT, 8)
  bytes.writeUInt32LE(segment, 12)
  bytes.writeUIntLE(above, 16, 6)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 28)), 28)
  return bytes
}

/** The header, and the number its chain of frames begins with. */
export function decodeSegmentHeader(bytes: Buffer, file: string): SegmentHeader & { readonly chain: number } {
  const damaged = (problem: string) => StorageError.damaged({ file, offset: 0, problem })
  if (bytes.length < SEGMENT_HEADER) throw damaged('its header is cut short')
  const chain = bytes.readUInt32LE(28)
  if (crc32(bytes.subarray(0, 28)) !== chain) throw damaged('its header fails its checksum')
  if (!bytes.subarray(0, 8).equals(MAGIC)) throw damaged('it is not a segment')
  const format = bytes.readUInt32LE(8)
  if (format !== FORMAT) throw StorageError.newerFormat({ file, format })
  return { segment: bytes.readUInt32LE(12), above: bytes.readUIntLE(16, 6), chain }
}

/** The checksum of bytes of any size, in pieces. */
export function* crcInPieces(bytes: Uint8Array): Sliced<number> {
  let crc = 0
  for (let i = 0; i < bytes.length; i += pieceLength) {
    crc = crc32(bytes.subarray(i, i + pieceLength), crc)
    yield
  }
  return crc
}

const pieceLength = 0x8_0000

export function encodeFrameHeader(body: Buffer, before: number, bodyCrc = crc32(body)): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER)
  bytes.writeUInt32LE(body.length, 0)
  bytes.writeUInt32LE(bodyCrc, 4)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 8), before), 8)
  return bytes
}

/** Undefined unless these twelve bytes are the header of the frame that follows `before`. */
export function decodeFrameHeader(bytes: Buffer, before: number): FrameHeader | undefined {
  const chain = bytes.readUInt32LE(8)
  if (crc32(bytes.subarray(0, 8), before) !== chain) return undefined
  return { length: bytes.readUInt32LE(0), bodyCrc: bytes.readUInt32LE(4), chain }
}

export const entrySize = (keyLength: number, valueLength: number) => ENTRY_HEADER + keyLength + valueLength

/** Writes an entry, all but its revision and checksum, which are known once its guards were judged: see sealEntry. */
export function writeEntry(into: Buffer, at: number, entry: { key: string; value: Uint8Array | undefined }): number {
  const keyLength = into.write(entry.key, at + ENTRY_HEADER)
  into.writeUInt32LE(entry.value?.length ?? REMOVED, at + 4)
  into.writeUInt16LE(keyLength, at + 8)
  if (entry.value) into.set(entry.value, at + ENTRY_HEADER + keyLength)
  return entrySize(keyLength, entry.value?.length ?? 0)
}

export function sealEntry(entry: Buffer, revision: number): void {
  entry.writeUIntLE(revision, 10, 6)
  entry.writeUInt32LE(crc32(entry.subarray(4)), 0)
}

/** `sealEntry` for a large one. */
export function* sealEntryInPieces(entry: Buffer, revision: number): Sliced<void> {
  entry.writeUIntLE(revision, 10, 6)
  entry.writeUInt32LE(yield* crcInPieces(entry.subarray(4)), 0)
}

export function decodeEntryHeader(bytes: Buffer, at: number): EntryHeader {
  const valueLength = bytes.readUInt32LE(at + 4)
  const removed = valueLength === REMOVED
  const keyLength = bytes.readUInt16LE(at + 8)
  const size = entrySize(keyLength, removed ? 0 : valueLength)
  return { crc: bytes.readUInt32LE(at), removed, keyLength, size, revision: bytes.readUIntLE(at + 10, 6) }
}

/** Whether these bytes are one entry, unchanged. */
export function entryIsWhole(bytes: Buffer): boolean {
  return decodeEntryHeader(bytes, 0).size === bytes.length && crc32(bytes.subarray(4)) === bytes.readUInt32LE(0)
}
