import { compareKeys, sortKeys, type Page } from '@chatelaine/sdk'
import { OrderedNames } from './ordered-names.js'

/** A folder with more children keeps them in order all the time; one with fewer sorts them when a listing is asked for. */
const FEW = 0x400

/**
 * The keys of a store, each with a number, as a tree of folders. What many keys begin with is kept once. After
 * `a/b/x`, `a/b/y` and `a` were set:
 *
 *     root { 'a/' → { 'b/' → { 'x' → 1, 'y' → 2 } }, 'a' → 3 }
 *
 * A child is stored under the name a listing shows, so a key and a folder of one name do not meet.
 */
export class Folders {
  /** The folders on the way to the key last asked for, from the root. The next key mostly shares the first of them. */
  readonly #trail: Step[] = [{ folder: new Folder(), end: 0 }]
  #trailKey = ''

  get(key: string): number | undefined {
    const found = this.#walk(key, 'look')?.child(key.slice(this.#end))
    return found instanceof Folder ? undefined : found
  }

  /** Gives `key` a number if it has none; shows `use` the one it has. */
  enter(key: string, make: () => number, use: (known: number) => void): void {
    const folder = this.#walk(key, 'make')!
    const name = key.slice(this.#end)
    const known = folder.child(name)
    if (known === undefined) folder.add(name, make())
    else if (typeof known === 'number') use(known)
  }

  /** Forgets the key, and the folders that nothing is left in. */
  remove(key: string): void {
    let folder = this.#walk(key, 'look')
    if (!folder) return
    folder.delete(key.slice(this.#end))
    while (folder.empty && this.#trail.length > 1) {
      const { end } = this.#trail.pop()!
      folder = this.#last.folder
      folder.delete(key.slice(this.#end, end))
    }
  }

  list(prefix: string, page: Page = {}): string[] {
    return this.#walk(prefix, 'look')?.list(prefix.slice(this.#end), page) ?? []
  }

  get #last(): Step {
    return this.#trail[this.#trail.length - 1]!
  }

  /** Where in the key the name begins that the last folder holds. */
  get #end(): number {
    return this.#last.end
  }

  /** The folder that holds the last part of `key`, and leaves the trail pointing at it. */
  #walk(key: string, missing: 'look' | 'make'): Folder | undefined {
    const shared = sharedLength(key, this.#trailKey)
    while (this.#end > shared) this.#trail.pop()
    this.#trailKey = key

    let { folder, end: from } = this.#last
    for (let slash = key.indexOf('/', from); slash >= 0; slash = key.indexOf('/', from)) {
      const name = key.slice(from, slash + 1)
      const next = missing === 'make' ? folder.enter(name) : folder.folder(name)
      if (!next) return undefined
      folder = next
      from = slash + 1
      this.#trail.push({ folder, end: from })
    }
    return folder
  }
}

interface Step {
  readonly folder: Folder
  readonly end: number
}

/**
 * One folder: its children by the name they are listed under. Very many folders have just one, the versions of a secret
 * that was never changed say, and get along without a map of their own, at a quarter of the memory. A large one has
 * its children in order, so that a page of it costs by what is on the page.
 */
class Folder {
  #only: string | undefined
  #child: Child | undefined
  #few: Map<string, Child> | undefined
  /** Of the few. */
  #sorted: string[] | undefined
  #many: OrderedNames<Child> | undefined

  get empty(): boolean {
    return this.#only === undefined && (this.#few?.size ?? 0) === 0 && (this.#many?.size ?? 0) === 0
  }

  child(name: string): Child | undefined {
    // Compared very often, which goes twice as fast with a string that is no window into another.
    if (this.#many) return this.#many.get(detached(name))
    return this.#few ? this.#few.get(name) : this.#only === name ? this.#child : undefined
  }

  folder(name: string): Folder | undefined {
    const child = this.child(name)
    return child instanceof Folder ? child : undefined
  }

  enter(name: string): Folder {
    const known = this.folder(name)
    if (known) return known
    const made = new Folder()
    this.add(name, made)
    return made
  }

  /** A child under a name that is not taken. */
  add(name: string, child: Child): void {
    const own = detached(name)
    if (this.#many) return this.#many.add(own, child)
    if (!this.#few && this.#only === undefined) {
      this.#only = own
      this.#child = child
      return
    }
    this.#few ??= new Map([[this.#only!, this.#child!]])
    this.#only = this.#child = undefined
    this.#few.set(own, child)
    this.#sorted?.splice(firstNotBelow(this.#sorted, own), 0, own)
    if (this.#few.size > FEW) this.#becomeLarge(this.#few)
  }

  delete(name: string): void {
    if (this.#many) this.#many.delete(name)
    else if (this.#only === name) this.#only = this.#child = undefined
    else if (this.#few?.delete(name)) this.#sorted?.splice(firstNotBelow(this.#sorted, name), 1)
  }

  /** Names that begin with `start`, without it. */
  list(start: string, { after = '', limit = Infinity }: Page): string[] {
    const names: string[] = []
    if (limit <= 0) return names
    for (const name of this.#from(start + after)) {
      if (after !== '' && name === start + after) continue
      if (!name.startsWith(start)) break
      names.push(name.slice(start.length))
      if (names.length >= limit) break
    }
    return names
  }

  #from(start: string): Iterable<string> {
    if (this.#many) return this.#many.from(start)
    if (!this.#few) return this.#only !== undefined && compareKeys(this.#only, start) >= 0 ? [this.#only] : []
    this.#sorted ??= sortKeys([...this.#few.keys()])
    return this.#sorted.slice(firstNotBelow(this.#sorted, start))
  }

  #becomeLarge(few: Map<string, Child>): void {
    const many = new OrderedNames<Child>()
    for (const name of this.#sorted ?? sortKeys([...few.keys()])) many.add(name, few.get(name)!)
    this.#many = many
    this.#few = this.#sorted = undefined
  }
}

type Child = Folder | number

/** V8 makes a longer slice a window into the string it was cut from, which would keep every whole key in memory. */
const detached = (slice: string) => Buffer.from(slice).toString()

function sharedLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length)
  let length = 0
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length += 1
  return length
}

/** Where `name` is in `sorted`, or would be. */
function firstNotBelow(sorted: readonly string[], name: string): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareKeys(sorted[middle]!, name) < 0) low = middle + 1
    else high = middle
  }
  return low
}
