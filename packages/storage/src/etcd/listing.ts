import { LRUCache } from 'lru-cache'
import { numberOf, type KeyValue, type Members } from '@chatelaine/etcd'
import { compareKeys, type Page } from '@chatelaine/sdk'
import { after, rangeOf } from './keyspace.js'

const hedgeMs = 1000
const largestPage = 2048
/** A folder with more keys is worth several questions rather than one. */
const large = 20_000
/** Characters of a name that are left open at first, and how deep a name is looked into at all. */
const [open, deepest] = [3, 9]

interface Wanted {
  readonly folder: string
  readonly from: string
  /** A name near the beginning of what is wanted. */
  readonly hint: string | undefined
  readonly limit: number
  readonly revision: number | undefined
}

interface Found {
  readonly kvs: readonly KeyValue[]
  readonly more: boolean
  readonly revision: number
}

/**
 * The immediate children of a folder: keys alone, in pages, all at the revision of the first. A child that is a folder is leapt over:
 * what it holds is not read beyond the page it was met in.
 *
 * However few keys a range is limited to, etcd counts all of it: a page of a million keys takes as long as all of them. So of a folder that
 * is known to be large narrow ranges are asked for first: of "12345" what follows under "12", then under "1", and only then the rest.
 */
export class Listing {
  readonly #members: Members
  /** Large folders, by the first name that was met in each. */
  readonly #large = new LRUCache<string, string>({ max: 1000 })

  constructor(members: Members) {
    this.#members = members
  }

  /** `folder` is an etcd key that ends where the names begin, be it in the midst of one. */
  async children(folder: string, { after: past = '', limit = Infinity }: Page = {}): Promise<string[]> {
    const names: string[] = []
    let from = past === '' ? folder : past.endsWith('/') ? rangeOf(folder + past).to : after(folder + past)
    let hint = past === '' ? this.#large.get(folder) : past
    let revision: number | undefined
    while (names.length < limit) {
      const found = await this.#page({ folder, from, hint, revision, limit: Math.min(largestPage, limit - names.length + 1) })
      revision = found.revision
      for (const { key } of found.kvs) {
        const name = childOf(key.slice(folder.length))
        // What is in one folder lies together.
        if (name !== names.at(-1)) names.push(name)
        if (names.length >= limit) return names
      }
      const [last, name] = [found.kvs.at(-1), names.at(-1)]
      if (!last || name === undefined || !found.more) return names
      from = name.endsWith('/') ? rangeOf(folder + name).to : after(last.key)
      hint = name
    }
    return names
  }

  async #page({ folder, from: begin, hint, limit, revision: asked }: Wanted): Promise<Found> {
    const kvs: KeyValue[] = []
    let [from, revision] = [begin, asked]
    for (const to of this.#ends(folder, hint)) {
      if (compareKeys(to, from) <= 0) continue
      const range = { key: from, range_end: to, keys_only: true, limit: limit - kvs.length, ...(revision !== undefined && { revision }) }
      const answer = await this.#members.call('KV/Range', range, { hedgeMs, callMs: 10_000, patienceMs: 10_000 })
      revision ??= numberOf(answer.header.revision)
      if (numberOf(answer.count) > large) this.#remember(folder, begin, answer.kvs[0] ?? kvs[0])
      kvs.push(...answer.kvs)
      if (answer.more || kvs.length >= limit) return { kvs, more: true, revision }
      from = to
    }
    return { kvs, more: false, revision: revision ?? 0 }
  }

  #remember(folder: string, begin: string, first: KeyValue | undefined): void {
    if (first && (begin === folder || !this.#large.has(folder))) this.#large.set(folder, first.key.slice(folder.length))
  }

  /** Where to end, narrow first; the last is the end of all. A hint that is wrong costs questions, and changes no answer. */
  *#ends(folder: string, hint: string | undefined): Generator<string> {
    if (hint !== undefined && this.#large.has(folder)) {
      const characters = [...hint]
      for (let depth = Math.min(deepest, Math.max(1, characters.length - open)); depth > 0; depth--) yield endOf(folder + characters.slice(0, depth).join(''))
    }
    yield endOf(folder)
  }
}

function childOf(rest: string): string {
  const slash = rest.indexOf('/')
  return slash < 0 ? rest : rest.slice(0, slash + 1)
}

/** The first key past all that begin with `prefix`. */
function endOf(prefix: string): string {
  if (prefix.endsWith('/')) return rangeOf(prefix).to
  const characters = [...prefix]
  const last = characters.pop()?.codePointAt(0) ?? 0
  // The last of all characters has none after it, so the one before it goes up.
  if (last === 0x10ffff) return endOf(characters.join(''))
  return characters.join('') + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1)
}
