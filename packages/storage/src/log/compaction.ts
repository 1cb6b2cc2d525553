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
    copy.repoint()
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

interface Move {
  readonly slot: number
  readonly from: number
  readonly at: number
  readonly to: number
}

class Copy {
  readonly target: Segment
  readonly #log: Log
  readonly #index: KeyIndex
  readonly #moves: Move[] = []
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
      this.#moves.push({ slot, from: segment.number, at, to })
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

  repoint(): void {
    for (const { slot, from, at, to } of this.#moves) {
      this.#index.move(slot, { segment: from, at }, { segment: this.target.number, at: to })
    }
  }
}
