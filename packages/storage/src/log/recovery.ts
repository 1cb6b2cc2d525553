import { fdatasyncSync, ftruncateSync, readdirSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { StorageError } from '../errors.js'
import { syncFolder, type Disk } from './disk.js'
import { SEGMENT_HEADER } from './format.js'
import { Head, type Acknowledged } from './head.js'
import { KeyIndex } from './key-index.js'
import { Log } from './log.js'
import { prepareManifest, readManifest, segmentName, swapManifest, type Manifest, type Sealed } from './manifest.js'
import { eachEntry, frames, type Frame, type Stop } from './scan.js'
import { Segment } from './segment.js'

export interface Recovered {
  readonly log: Log
  readonly index: KeyIndex
}

export interface Opening {
  readonly folder: string
  readonly disk: Disk
  readonly log: (line: string) => void
}

/** Opens what is in the folder, checking every byte of it, or begins a store if there is nothing. */
export function recover(opening: Opening): Recovered {
  const { folder, disk } = opening
  const manifest = readManifest(folder) ?? create(folder)
  const { head, acknowledged } = Head.open(folder)
  const reading = new Reading(opening, acknowledged)
  try {
    reading.readAll(manifest)
    removeStrays(opening, manifest)
    const { sealed, active, revision, index } = reading
    head.write({ segment: active!.number, end: active!.end, revision })
    return { log: new Log({ folder, disk, head, sealed, active: active!, revision }), index }
  } catch (error) {
    head.close()
    reading.close()
    throw error
  }
}

/** The manifest comes last: until it is there, the other two are what a crash left of a store nobody has used. */
function create(folder: string): Manifest {
  if (holdsData(folder)) {
    throw StorageError.damaged({ file: join(folder, 'manifest'), offset: 0, problem: 'it is missing' })
  }
  Segment.create(folder, { segment: 1, above: 0 }).close()
  Head.create(folder, { segment: 1, end: SEGMENT_HEADER, revision: 0 }).close()
  const manifest = { sealed: [], active: 1 }
  prepareManifest(folder, manifest)
  syncFolder(folder)
  swapManifest(folder)
  return manifest
}

/** Whether a folder without a manifest has been written to, so that it has lost it. */
function holdsData(folder: string): boolean {
  const files = readdirSync(folder)
  const used = (name: string) => name !== segmentName(1) || statSync(join(folder, name)).size > SEGMENT_HEADER
  return files.filter(isSegment).some(used) || (files.includes('head') && Head.isUsed(folder))
}

const isSegment = (name: string) => /^\d{6,}\.log$/.test(name)

/** What a crash left between two steps of compaction: copies not yet in use, and originals no longer in use. */
function removeStrays({ folder, log }: Opening, { sealed, active }: Manifest): void {
  const named = new Set([...sealed.map(({ segment }) => segment), active].map(segmentName))
  for (const name of readdirSync(folder)) {
    if ((!isSegment(name) || named.has(name)) && name !== 'manifest.next') continue
    unlinkSync(join(folder, name))
    log(`removed ${join(folder, name)}, which an interrupted compaction left behind`)
  }
}

/** Builds the index from the segments, and decides where each ends. */
class Reading {
  readonly index = new KeyIndex()
  readonly sealed: Segment[] = []
  active: Segment | undefined
  revision = 0
  readonly #opening: Opening
  readonly #acknowledged: Acknowledged

  constructor(opening: Opening, acknowledged: Acknowledged) {
    this.#opening = opening
    this.#acknowledged = acknowledged
  }

  readAll({ sealed, active }: Manifest): void {
    const { folder } = this.#opening
    const head = join(folder, 'head')
    if (this.#acknowledged.segment > active) {
      throw StorageError.damaged({ file: head, offset: 0, problem: 'it is newer than the manifest' })
    }
    for (const row of sealed) {
      const segment = Segment.open(folder, row.segment)
      this.sealed.push(segment)
      this.#readSealed(segment, row)
    }
    this.active = Segment.open(folder, active)
    this.#readActive(this.active)
    if (this.revision < this.#acknowledged.revision) {
      throw StorageError.damaged({ file: head, offset: 0, problem: 'it knows later revisions than the log' })
    }
  }

  close(): void {
    for (const segment of this.sealed) segment.close()
    this.active?.close()
  }

  #readSealed(segment: Segment, { bytes, chain }: Sealed): void {
    const { file, size } = segment
    const stop = this.#readFrames(segment, Math.min(size, bytes))
    if (stop.problem) throw StorageError.damaged({ file, offset: stop.end, problem: stop.problem })
    if (size !== bytes || stop.end !== bytes) {
      throw StorageError.damaged({ file, offset: stop.end, problem: `it has ${size} bytes where ${bytes} were written` })
    }
    if (stop.chain !== chain) throw StorageError.damaged({ file, offset: stop.end, problem: 'it ends in another frame' })
  }

  #readActive(segment: Segment): void {
    const { file, size, fd } = segment
    const least = this.#acknowledged.segment === segment.number ? this.#acknowledged.end : 0
    const { end, problem, torn = false } = this.#readFrames(segment, size)
    if (problem && (!torn || end < least)) throw StorageError.damaged({ file, offset: end, problem })
    if (end < least) {
      throw StorageError.damaged({ file, offset: end, problem: `it ends there, but ${least} bytes were acknowledged` })
    }
    if (problem) {
      ftruncateSync(fd, end)
      this.#opening.log(`${file}: cut off ${size - end} bytes of a write that was never acknowledged, at byte ${end}`)
    }
    // A frame may be found that was written but not flushed. It is served from here on, so it must not vanish again.
    fdatasyncSync(fd)
  }

  #readFrames(segment: Segment, size: number): Stop {
    this.revision = Math.max(this.revision, segment.header.above)
    const reader = frames(segment, size)
    let step = reader.next()
    for (; !step.done; step = reader.next()) this.#index(segment, step.value)
    segment.end = step.value.end
    segment.chain = step.value.chain
    return step.value
  }

  #index(segment: Segment, frame: Frame): void {
    eachEntry(segment, frame, ({ key, at, size, revision, removed }) => {
      if (revision < this.revision) {
        throw StorageError.damaged({ file: segment.file, offset: at, problem: 'its revisions run backwards' })
      }
      this.revision = revision
      if (removed) this.index.remove(key)
      else this.index.put(key, { segment: segment.number, at, size, revision })
    })
  }
}
