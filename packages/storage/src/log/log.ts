import { ftruncateSync, unlinkSync } from 'node:fs'
import { inSlices } from '@chatelaine/sdk'
import { StorageError } from '../errors.js'
import { reasonOf, writeAll, type Disk } from './disk.js'
import { crcInPieces, encodeFrameHeader, FRAME_HEADER, LARGE } from './format.js'
import type { Head } from './head.js'
import { prepareManifest, swapManifest, type Sealed } from './manifest.js'
import { Segment } from './segment.js'
import type { Location } from './slots.js'

const SCRATCH = 0x1_0000
const wantsRoom: readonly string[] = ['ENOSPC', 'EDQUOT', 'EFBIG']

export interface LogParts {
  readonly folder: string
  readonly disk: Disk
  readonly head: Head
  readonly sealed: readonly Segment[]
  readonly active: Segment
  readonly revision: number
}

/** The files of an open store: sealed segments, oldest first, and the one that is written to. */
export class Log {
  readonly #folder: string
  readonly #disk: Disk
  readonly #head: Head
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH)
  readonly #segments = new Map<number, Segment>()
  #sealed: readonly Segment[]
  #active: Segment
  #lastNumber: number
  #failure: Error | undefined
  /** How many snapshots may still read segments that were replaced, and those segments. */
  #holds = 0
  #replaced: Segment[] = []
  /** The last write was refused for want of room. */
  full = false
  closed = false
  /** Of the newest acknowledged commit. */
  revision: number

  constructor({ folder, disk, head, sealed, active, revision }: LogParts) {
    this.#folder = folder
    this.#disk = disk
    this.#head = head
    this.#sealed = sealed
    this.#active = active
    this.revision = revision
    for (const segment of [...sealed, active]) this.#segments.set(segment.number, segment)
    this.#lastNumber = Math.max(...this.#segments.keys())
  }

  get bytes(): number {
    return this.#sealed.reduce((sum, { end }) => sum + end, this.#active.end)
  }

  get sealed(): readonly Segment[] {
    return this.#sealed
  }

  get active(): number {
    return this.#active.number
  }

  /** Why the store takes no more writes, if it does not. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** `read` for a large value, in pieces. What it reads from stays while it does. */
  async readInPieces(key: string, location: Location): Promise<Uint8Array> {
    const release = this.hold()
    try {
      return await inSlices(this.#segments.get(location.segment)!.readInPieces(key, location))
    } finally {
      release()
    }
  }

  read(key: string, location: Location): Uint8Array {
    return this.#segments.get(location.segment)!.read(key, location, this.#scratch)
  }

  /** Returns where `body` starts, once it is on disk. Must not be called again before that. */
  async append(body: Buffer, revision: number): Promise<number> {
    if (this.#failure) throw this.#failure
    const active = this.#active
    const { file, fd, end } = active
    const large = body.length > LARGE
    const header = encodeFrameHeader(body, active.chain, large ? await inSlices(crcInPieces(body)) : undefined)
    try {
      if (large) await this.#writeApart(header, body)
      else await writeAll(this.#disk, fd, Buffer.concat([header, body]), end)
    } catch (error) {
      this.#takeBack()
      this.full = wantsRoom.includes(reasonOf(error))
      throw StorageError.unwritable({ file, reason: reasonOf(error) }, { cause: error })
    }
    try {
      await this.#disk.datasync(fd)
    } catch (error) {
      // The kernel reports a failed flush once and may then call the lost pages clean, so a second flush that succeeds
      // would prove nothing. The doubtful frame is cut off, lest a later opening read it from memory and believe it.
      this.#stop(error)
      this.#takeBack()
      throw this.#failure
    }
    this.full = false
    active.end = end + FRAME_HEADER + body.length
    active.chain = header.readUInt32LE(8)
    this.revision = revision
    this.#writeHead()
    return end + FRAME_HEADER
  }

  /** A large frame as it lies in two places: to a crash it is one all the same, for its header names the checksum of its body. */
  async #writeApart(header: Buffer, body: Buffer): Promise<void> {
    const { fd, end } = this.#active
    await writeAll(this.#disk, fd, header, end)
    await writeAll(this.#disk, fd, body, end + header.length)
  }

  /** Seals the active segment and begins another, in which the next commit goes. Only between two appends. */
  roll(): void {
    const next = this.createSegment(this.revision)
    try {
      this.#switchTo([...this.#sealed, this.#active], next)
    } catch (error) {
      this.discard(next)
      throw error
    }
    this.#sealed = [...this.#sealed, this.#active]
    this.#active = next
    this.#segments.set(next.number, next)
    this.#writeHead()
  }

  /** A segment that is not part of the store yet. A crash leaves a file that the next opening removes. */
  createSegment(above: number): Segment {
    this.#lastNumber += 1
    return Segment.create(this.#folder, { segment: this.#lastNumber, above })
  }

  appendTo(segment: Segment, body: Buffer): Promise<void> {
    const header = encodeFrameHeader(body, segment.chain)
    const at = segment.end
    segment.end += FRAME_HEADER + body.length
    segment.chain = header.readUInt32LE(8)
    return writeAll(this.#disk, segment.fd, Buffer.concat([header, body]), at)
  }

  /** Puts `compacted` in the place of all sealed segments. The caller drops those when nothing points into them. */
  async replaceSealed(compacted: Segment): Promise<readonly Segment[]> {
    await this.#disk.datasync(compacted.fd)
    this.#switchTo([compacted], this.#active)
    const replaced = this.#sealed
    this.#sealed = [compacted]
    this.#segments.set(compacted.number, compacted)
    return replaced
  }

  /** A segment that was replaced. While a snapshot may lead into it, it only stops counting. */
  drop(segment: Segment): void {
    if (this.#holds > 0) {
      this.#replaced.push(segment)
      return
    }
    this.#segments.delete(segment.number)
    this.discard(segment)
  }

  /** Keeps every segment there is readable until the returned function is called, once. A crash leaves strays, as `drop` would. */
  hold(): () => void {
    this.#holds += 1
    return () => {
      this.#holds -= 1
      if (this.#holds === 0 && !this.closed) this.#dropReplaced()
    }
  }

  /** Does away with a segment that is not part of the store, unless a manifest may be left that names it. */
  discard(segment: Segment): void {
    segment.close()
    if (!this.#failure) unlinkSync(segment.file)
  }

  close(): void {
    this.closed = true
    this.#holds = 0
    this.#dropReplaced()
    this.#head.close()
    for (const segment of this.#segments.values()) segment.close()
  }

  #dropReplaced(): void {
    for (const segment of this.#replaced.splice(0)) this.drop(segment)
  }

  #takeBack(): void {
    try {
      ftruncateSync(this.#active.fd, this.#active.end)
    } catch (error) {
      this.#stop(error)
    }
  }

  #writeHead(): void {
    try {
      this.#head.write({ segment: this.#active.number, end: this.#active.end, revision: this.revision })
    } catch (error) {
      // What was just written is safe, but that it was could no longer be told from a shortened log.
      this.#stop(error)
    }
  }

  /**
   * When this throws, the old segments are still in use. If the rename or the flush of the folder failed, a power cut
   * may leave either manifest, hence no more writes: both can be opened as things are, one of them not for long.
   */
  #switchTo(segments: readonly Segment[], active: Segment): void {
    const sealed = segments.map(({ number, end, chain }): Sealed => ({ segment: number, bytes: end, chain }))
    prepareManifest(this.#folder, { sealed, active: active.number })
    try {
      swapManifest(this.#folder)
    } catch (error) {
      this.#stop(error)
      throw this.#failure
    }
  }

  #stop(error: unknown): void {
    const cause = { cause: error }
    this.#failure ??= StorageError.stopped({ file: this.#active.file, reason: reasonOf(error) }, cause)
  }
}
