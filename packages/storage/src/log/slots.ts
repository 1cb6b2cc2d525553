/** Where an entry lies, and which commit wrote it. */
export interface Location {
  readonly segment: number
  readonly at: number
  readonly size: number
  readonly revision: number
}

const FIELDS = 4
const [SEGMENT, AT, SIZE, REVISION] = [0, 1, 2, 3]
/** Slots in a block. Blocks are added, never copied to larger ones, so growing leaves no garbage. */
const BLOCK = 0x1000

/**
 * Locations as plain numbers: 32 bytes each and nothing for the garbage collector to visit, where an object would take
 * about 80. A slot is a number that stays the same while its key exists, and is given out again afterwards.
 */
export class Slots {
  readonly #blocks: Float64Array[] = []
  readonly #free: number[] = []
  #used = 0

  get count(): number {
    return this.#used - this.#free.length
  }

  add(location: Location): number {
    const slot = this.#free.pop() ?? this.#used++
    if (slot === this.#blocks.length * BLOCK) this.#blocks.push(new Float64Array(BLOCK * FIELDS))
    this.set(slot, location)
    return slot
  }

  set(slot: number, { segment, at, size, revision }: Location): void {
    const { block, base } = this.#place(slot)
    block[base + SEGMENT] = segment
    block[base + AT] = at
    block[base + SIZE] = size
    block[base + REVISION] = revision
  }

  get(slot: number): Location {
    const { block, base } = this.#place(slot)
    return {
      segment: block[base + SEGMENT]!,
      at: block[base + AT]!,
      size: block[base + SIZE]!,
      revision: block[base + REVISION]!,
    }
  }

  release(slot: number): void {
    this.set(slot, { segment: 0, at: 0, size: 0, revision: 0 })
    this.#free.push(slot)
  }

  #place(slot: number) {
    return { block: this.#blocks[Math.floor(slot / BLOCK)]!, base: (slot % BLOCK) * FIELDS }
  }
}
