import type { Sliced } from '@chatelaine/sdk'
import { piece } from './merge.js'
import { comparePatterns, type Pattern } from './pattern.js'

/** A rule and its place in the order of all patterns; the greatest that matches decides. */
export interface Ranked<T> {
  readonly rank: number
  readonly value: T
}

/**
 * One segment of the patterns: `secret/+/x`, `secret/*` and `secret/d*` share the node under `secret`, which has a
 * `plus` and two `prefixes` (of lengths 1 and 0).
 */
interface Node<T> {
  readonly children: Map<string, Node<T>>
  plus?: Node<T>
  /** A pattern without `*` that ends here. */
  end?: Ranked<T>
  /** Beginnings of the next segment, longest first: of patterns that part only there, the longer ranks higher. */
  prefixes: { readonly length: number; readonly byText: Map<string, Ranked<T>> }[]
  /** The greatest rank here or below. */
  best: number
}

/** So many patterns are sorted, or merged, between two turns of other work. */
const run = 512

const node = <T>(): Node<T> => ({ children: new Map(), prefixes: [], best: 0 })

/** Finds the deciding pattern for a path. A look-up visits a node once at most, and none whose `best` is beaten. */
export function* plantingTree<T>(
  all: Iterable<readonly [Pattern, T]>,
): Sliced<(path: string) => Ranked<T> | undefined> {
  const sorted = yield* inOrder([...all])
  const root = node<T>()
  for (const [index, [pattern, value]] of sorted.entries()) {
    insert(root, pattern, { rank: index + 1, value })
    if (index % piece === 0) yield
  }
  return (path) => search(root, path, 0, undefined)
}

type Entry<T> = readonly [Pattern, T]

/** Sorts runs, and merges them two by two: to sort tens of thousands whole would keep everybody waiting. */
function* inOrder<T>(all: readonly Entry<T>[]): Sliced<readonly Entry<T>[]> {
  let runs: Entry<T>[][] = []
  for (let at = 0; at < all.length; at += run) {
    runs.push(all.slice(at, at + run).sort(([a], [b]) => comparePatterns(a, b)))
    yield
  }
  while (runs.length > 1) {
    const merged: Entry<T>[][] = []
    for (let at = 0; at < runs.length; at += 2) merged.push(yield* merging(runs[at] ?? [], runs[at + 1] ?? []))
    runs = merged
  }
  return runs[0] ?? []
}

function* merging<T>(one: readonly Entry<T>[], other: readonly Entry<T>[]): Sliced<Entry<T>[]> {
  const merged: Entry<T>[] = []
  let [i, j] = [0, 0]
  for (;;) {
    const [a, b] = [one[i], other[j]]
    const next = !b || (a && comparePatterns(a[0], b[0]) <= 0) ? a : b
    if (!next) return merged
    merged.push(next)
    if (next === a) i += 1
    else j += 1
    if (merged.length % run === 0) yield
  }
}

function insert<T>(root: Node<T>, { segments, prefix }: Pattern, ranked: Ranked<T>): void {
  const beginning = prefix ? segments[segments.length - 1] : undefined
  let at = root
  at.best = ranked.rank
  for (const segment of prefix ? segments.slice(0, -1) : segments) {
    at = segment === '+' ? (at.plus ??= node()) : child(at, segment)
    at.best = ranked.rank
  }
  if (beginning === undefined) at.end = ranked
  else insertPrefix(at, beginning, ranked)
}

function child<T>(at: Node<T>, segment: string): Node<T> {
  const known = at.children.get(segment)
  if (known) return known
  const fresh = node<T>()
  at.children.set(segment, fresh)
  return fresh
}

function insertPrefix<T>(at: Node<T>, beginning: string, ranked: Ranked<T>): void {
  const { length } = beginning
  const known = at.prefixes.find((group) => group.length === length)
  if (known) known.byText.set(beginning, ranked)
  else {
    at.prefixes.push({ length, byText: new Map([[beginning, ranked]]) })
    at.prefixes.sort((a, b) => b.length - a.length)
  }
}

/** `from` is where the next segment begins; one past the end of the path, there is none. */
function search<T>(at: Node<T>, path: string, from: number, found: Ranked<T> | undefined): Ranked<T> | undefined {
  if (found && at.best <= found.rank) return found
  if (from > path.length) return greater(at.end, found)

  const slash = path.indexOf('/', from)
  const end = slash === -1 ? path.length : slash
  const next = at.children.get(path.slice(from, end))
  if (next) found = search(next, path, end + 1, found)
  if (at.plus) found = search(at.plus, path, end + 1, found)
  for (const { length, byText } of at.prefixes) {
    if (from + length > end) continue
    const hit = byText.get(path.slice(from, from + length))
    if (hit) return greater(hit, found)
  }
  return found
}

function greater<T>(one: Ranked<T> | undefined, other: Ranked<T> | undefined): Ranked<T> | undefined {
  if (!one || !other) return one ?? other
  return one.rank > other.rank ? one : other
}
