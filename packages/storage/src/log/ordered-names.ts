import { compareKeys } from '@chatelaine/sdk'

interface Block<T> {
  readonly names: string[]
  readonly values: T[]
}

/** Names in a block. Larger ones cost more to insert into, smaller ones more to find. */
const most = 128
const surrogate = /[\ud800-\udfff]/

/**
 * Very many names in the order of keys, each with a value: blocks of about a hundred, of which each begins past the end of the one
 * before. To find, add or remove one, or to begin a listing at one, takes about as many steps as the number of names has bits; so
 * nothing here ever waits for all of them, as growing a map or sorting an array would.
 */
export class OrderedNames<T> {
  readonly #blocks: Block<T>[] = []
  /** No name has a surrogate: the engine's own order is then that of keys, and far quicker. */
  #plain = true
  size = 0

  get(name: string): T | undefined {
    const block = this.#blocks[this.#blockOf(name)]
    if (!block) return undefined
    const at = this.#placeIn(block, name)
    return block.names[at] === name ? block.values[at] : undefined
  }

  /** A name that is not there yet. */
  add(name: string, value: T): void {
    if (this.#plain && surrogate.test(name)) this.#plain = false
    this.size += 1
    const index = this.#blockOf(name)
    const block = this.#blocks[index]
    if (!block) return void this.#blocks.push({ names: [name], values: [value] })
    const at = this.#placeIn(block, name)
    if (block.names.length < most) return insert(block, at, name, value)
    // What comes in order fills block after block, and none is left half empty.
    if (at === most && index === this.#blocks.length - 1) return void this.#blocks.push({ names: [name], values: [value] })
    const half = { names: block.names.splice(most / 2), values: block.values.splice(most / 2) }
    this.#blocks.splice(index + 1, 0, half)
    if (at <= most / 2) insert(block, at, name, value)
    else insert(half, at - most / 2, name, value)
  }

  delete(name: string): boolean {
    const index = this.#blockOf(name)
    const block = this.#blocks[index]
    const at = block ? this.#placeIn(block, name) : -1
    if (!block || block.names[at] !== name) return false
    block.names.splice(at, 1)
    block.values.splice(at, 1)
    this.size -= 1
    const next = this.#blocks[index + 1]
    if (block.names.length === 0) this.#blocks.splice(index, 1)
    else if (next && block.names.length + next.names.length <= most / 2) {
      block.names.push(...next.names)
      block.values.push(...next.values)
      this.#blocks.splice(index + 1, 1)
    }
    return true
  }

  /** Names from the first that is not below `start`. */
  *from(start: string): Generator<string> {
    let index = this.#blockOf(start)
    const first = this.#blocks[index]
    let at = first ? this.#placeIn(first, start) : 0
    for (let block = first; block; block = this.#blocks[++index], at = 0) {
      for (; at < block.names.length; at++) yield block.names[at] as string
    }
  }

  /** The last block that begins at or before `name`; the first if none does. */
  #blockOf(name: string): number {
    const quick = this.#plain && !surrogate.test(name)
    let [low, high] = [0, this.#blocks.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const first = this.#blocks[middle]?.names[0] as string
      if (quick ? first <= name : compareKeys(first, name) <= 0) low = middle + 1
      else high = middle
    }
    return low === 0 ? 0 : low - 1
  }

  /** Where `name` is in the block, or would be. */
  #placeIn({ names }: Block<T>, name: string): number {
    const quick = this.#plain && !surrogate.test(name)
    let [low, high] = [0, names.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = names[middle] as string
      if (quick ? other < name : compareKeys(other, name) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

function insert<T>({ names, values }: Block<T>, at: number, name: string, value: T): void {
  names.splice(at, 0, name)
  values.splice(at, 0, value)
}
