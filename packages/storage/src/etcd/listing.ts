import { numberOf, type Members } from '@chatelaine/etcd'
import type { Page } from '@chatelaine/sdk'
import { after, rangeOf } from './keyspace.js'

const hedgeMs = 300
const [firstPage, largestPage] = [64, 2048]

/**
 * The immediate children of `folder` (an etcd key that ends where the names begin), of keys alone, a page at a time, all at the
 * revision of the first. A child that is a folder is leapt over: what it holds is not read beyond the page it was met in.
 */
export async function listChildren(members: Members, folder: string, { after: past = '', limit = Infinity }: Page = {}): Promise<string[]> {
  const names: string[] = []
  // Every key that begins with `folder`: it may end in the midst of a name, so its end is not that of a folder.
  const end = endOf(folder)
  let from = past === '' ? folder : past.endsWith('/') ? rangeOf(folder + past).to : after(folder + past)
  let revision: number | undefined
  for (let size = firstPage; names.length < limit; size = Math.min(size * 2, largestPage)) {
    const wanted = Math.min(size, limit - names.length + 1)
    const answer = await members.call('KV/Range', { key: from, range_end: end, keys_only: true, limit: wanted, ...(revision !== undefined && { revision }) }, { hedgeMs })
    revision ??= numberOf(answer.header.revision)
    for (const { key } of answer.kvs) {
      const name = childOf(key.slice(folder.length))
      // What is in one folder lies together.
      if (name !== names.at(-1)) names.push(name)
      if (names.length >= limit) return names
    }
    const [last, name] = [answer.kvs.at(-1), names.at(-1)]
    if (!last || name === undefined || !answer.more) return names
    from = name.endsWith('/') ? rangeOf(folder + name).to : after(last.key)
  }
  return names
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
