import { compareKeys, sortKeys, type Page } from '@chatelaine/sdk'

/** Up to this many, a sorted listing is kept in order as children come and go; past it, it is made anew when asked for. */
const KEPT_SORTED = 0x10000

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
 * that was never changed say, and get along without a map of their own, at a quarter of the memory.
 */
class Folder {
  #only: string | undefined
  #child: Child | undefined
  #children: Map<string, Child> | undefined
  #sorted: string[] | undefined

  get empty(): boolean {
    return this.#only === undefined && (this.#children === undefined || this.#children.size === 0)
  }

  child(name: string): Child | undefined {
    return this.#children ? this.#children.get(name) : this.#only === name ? this.#child : undefined
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
    if (!this.#children && this.#only === undefined) {
      this.#only = own
      this.#child = child
      return
    }
    this.#children ??= new Map([[this.#only!, this.#child!]])
    this.#only = this.#child = undefined
    this.#children.set(own, child)
    this.#resort((sorted) => sorted.splice(firstNotBelow(sorted, own), 0, own))
  }

  delete(name: string): void {
    if (this.#only === name) this.#only = this.#child = undefined
    else if (!this.#children?.delete(name)) return
    this.#resort((sorted) => sorted.splice(firstNotBelow(sorted, name), 1))
  }

  /** Names that begin with `start`, without it. */
  list(start: string, { after = '', limit = Infinity }: Page): string[] {
    const sorted = this.#names()
    let at = firstNotBelow(sorted, start + after)
    if (after !== '' && sorted[at] === start + after) at += 1

    const names: string[] = []
    for (; at < sorted.length && names.length < limit; at++) {
      const name = sorted[at]!
      if (!name.startsWith(start)) break
      names.push(name.slice(start.length))
    }
    return names
  }

  #names(): readonly string[] {
    if (!this.#children) return this.#only === undefined ? [] : [this.#only]
    this.#sorted ??= sortKeys([...this.#children.keys()])
    return this.#sorted
  }

  #resort(change: (sorted: string[]) => void): void {
    if (this.#sorted && this.#sorted.length < KEPT_SORTED) change(this.#sorted)
    else this.#sorted = undefined
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
