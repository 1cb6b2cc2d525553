import { setImmediate } from 'node:timers/promises'
import { StorageError } from '../errors.js'
import { FRAME_HEADER } from './format.js'
import type { KeyIndex } from './key-index.js'
import type { Log } from './log.js'
import { eachEntry, frames, type Frame } from './scan.js'
import type { Segment } from './segment.js'

/** How much is read between two turns of the event loop: about a millisecond's work. */
const SLICE = 0x4_0000

/**
 * Copies what is alive in the sealed segments to a new one, which then takes their place. Commits go on meanwhile, into
 * the active segment. The copy keeps the order and the bytes of entries, so it is a log as well: the same log without
 * its dead.
 *
 * Removals are left out. That is sound because all sealed segments are replaced at once: no older put is left that a
 * removal would have to hide.
 *
 * A crash before the manifest is replaced leaves the old segments in use and a stray file; after it, the new one in use
 * and the old ones stray. Opening removes what is stray.
 */
export async function compact(log: Log, index: KeyIndex, signal: AbortSignal): Promise<void> {
  const copy = new Copy(log, index, log.createSegment(0))
  try {
    for (const segment of log.sealed) await copySegment(segment, copy, signal)
    await copy.flush()
    signal.throwIfAborted()
    const replaced = await log.replaceSealed(copy.target)
    await copy.repoint()
    for (const segment of replaced) log.drop(segment)
  } catch (error) {
    if (!log.sealed.includes(copy.target)) log.discard(copy.target)
    throw error
  }
}

async function copySegment(segment: Segment, copy: Copy, signal: AbortSignal): Promise<void> {
  const reader = frames(segment, segment.end)
  let sinceBreak = 0
  for (let step = reader.next(); ; step = reader.next()) {
    if (step.done) {
      const { end: offset, problem } = step.value
      if (problem) throw StorageError.damaged({ file: segment.file, offset, problem })
      return
    }
    copy.add(segment, step.value)
    sinceBreak += step.value.body.length
    if (sinceBreak < SLICE) continue
    sinceBreak = 0
    await copy.flush()
    await setImmediate()
    signal.throwIfAborted()
  }
}

/** Moves in a block: four numbers each, and nothing for the garbage collector to visit. */
const BLOCK = 0x1000
const FIELDS = 4

class Copy {
  readonly target: Segment
  readonly #log: Log
  readonly #index: KeyIndex
  readonly #moves: Float64Array[] = []
  #count = 0
  #waiting: Buffer[] = []
  #waitingBytes = 0

  constructor(log: Log, index: KeyIndex, target: Segment) {
    this.target = target
    this.#log = log
    this.#index = index
  }

  add(segment: Segment, frame: Frame): void {
    eachEntry(segment, frame, ({ key, at, offset, size }) => {
      const slot = this.#index.slotAt(key, segment.number, at)
      if (slot === undefined) return
      const to = this.target.end + FRAME_HEADER + this.#waitingBytes
      this.#remember([slot, segment.number, at, to])
      this.#waiting.push(Buffer.from(frame.body.subarray(offset, offset + size)))
      this.#waitingBytes += size
    })
  }

  async flush(): Promise<void> {
    if (this.#waiting.length === 0) return
    const body = Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#waitingBytes = 0
    await this.#log.appendTo(this.target, body)
  }

  /** A block at a time: until all point to the copy, what it was made of can be read as well. */
  async repoint(): Promise<void> {
    let left = this.#count
    for (const block of this.#moves.splice(0)) {
      for (let base = 0; base < block.length && left > 0; base += FIELDS, left--) {
        const [slot, from, at, to] = block.subarray(base, base + FIELDS) as unknown as [number, number, number, number]
        this.#index.move(slot, { segment: from, at }, { segment: this.target.number, at: to })
      }
      await setImmediate()
    }
  }

  #remember(move: readonly number[]): void {
    const base = (this.#count % BLOCK) * FIELDS
    if (base === 0) this.#moves.push(new Float64Array(BLOCK * FIELDS))
    this.#moves.at(-1)!.set(move, base)
    this.#count += 1
  }
}
