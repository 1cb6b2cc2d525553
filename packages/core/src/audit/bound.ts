import { isHeavy, inSlices, type Sliced } from '@chatelaine/sdk'

/** How much there is of something that came in or goes out: names and values, and the characters of names and strings. */
export interface Weight {
  readonly values: number
  readonly characters: number
}

/** What one record takes of the data of a request or an answer. The rest is counted. */
const most = { values: 512, hashed: 1_048_576, written: 131_072 }

/**
 * The room one record has for data. Hashing and writing cost more than reading what is hashed: without a bound, a body of a
 * megabyte would hold all other requests up for seconds and leave a record of many megabytes.
 */
export class Bound {
  readonly #weight: Weight
  readonly #left = { ...most }
  #values = 0
  #characters = 0
  #cut = false

  constructor(weight: Weight) {
    this.#weight = weight
  }

  /** No more names and values fit in. */
  get full(): boolean {
    return this.#left.values <= 0
  }

  /** Room for a value that is neither a string nor holds others. */
  value(): boolean {
    return this.#take(0, 0, 0)
  }

  /** Room for a string of so many characters, hashed, or as it is. */
  text(characters: number, hashed: boolean): boolean {
    return hashed ? this.#take(characters, characters, 0) : this.#take(characters, 0, characters)
  }

  /** Room for a name, which is written as it is. Its value counts for itself. */
  name(characters: number): boolean {
    if (!this.#fits(0, characters)) return this.#refuse()
    this.#left.written -= characters
    this.#characters += characters
    return true
  }

  /** What did not fit in; undefined when all did. */
  omitted(): Weight | undefined {
    if (!this.#cut) return undefined
    return { values: this.#weight.values - this.#values, characters: this.#weight.characters - this.#characters }
  }

  #take(characters: number, hashed: number, written: number): boolean {
    if (this.full || !this.#fits(hashed, written)) return this.#refuse()
    this.#left.values -= 1
    this.#left.hashed -= hashed
    this.#left.written -= written
    this.#values += 1
    this.#characters += characters
    return true
  }

  #fits(hashed: number, written: number): boolean {
    return hashed <= this.#left.hashed && written <= this.#left.written
  }

  #refuse(): false {
    this.#cut = true
    return false
  }
}

/** Characters that one list of names or sentences may take of a record, outside the data, and those of one name for people. */
const listed = 16_384
const shown = 1024

/** The list as far as there is room for it, and under a second name how many of its members had none. */
export function inRoom(name: string, list: readonly string[] | undefined): Readonly<Record<string, unknown>> {
  if (!list) return {}
  let left = listed
  const kept = list.findIndex((text) => (left -= text.length) < 0)
  return kept < 0 ? { [name]: list } : { [name]: list.slice(0, kept), [`${name}_omitted`]: list.length - kept }
}

/** A name for people, cut where it is longer than any. */
export const cut = (text: string): string => (text.length <= shown ? text : `${text.slice(0, shown)}…`)

/** Undefined for what needs no bound: nearly everything. The rest is weighed in pieces, for it may be large. */
export async function heavyWeight(value: unknown): Promise<Weight | undefined> {
  return isHeavy(value) ? inSlices(weighing(value)) : undefined
}

function* weighing(value: unknown): Sliced<Weight> {
  const total = { values: 0, characters: 0 }
  const waiting: unknown[] = [value]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    total.values += 1
    if (typeof next === 'string') total.characters += next.length
    else if (ArrayBuffer.isView(next)) total.characters += next.byteLength
    else if (Array.isArray(next)) for (const item of next) waiting.push(item ?? null)
    else if (typeof next === 'object' && next !== null) {
      for (const [name, inner] of Object.entries(next)) {
        total.characters += name.length
        waiting.push(inner ?? null)
      }
    }
    if (total.values % 1024 === 0) yield
  }
  return total
}
